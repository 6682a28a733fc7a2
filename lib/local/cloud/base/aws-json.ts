// A small client of the AWS JSON protocol, for the laptop cloud's own calls to its emulators.
import { CREDENTIALS, REGION } from './identity.ts';

/** A refusal by the service. Its name is the service's error name. */
export class AwsError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** One call of an operation. */
export interface AwsCall {
  readonly endpoint: string;
  /** The `x-amz-target`, e.g. `DynamoDB_20120810.CreateTable`. */
  readonly target: string;
  readonly body: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls one operation and returns its answer. The signature is a placeholder, because emulators read only the access
 * key and the region from it.
 * @throws AwsError when the service refuses the call.
 * @throws TypeError when the service cannot be reached.
 */
export async function callAws<T = Record<string, unknown>>(call: AwsCall): Promise<T> {
  const response = await fetch(call.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': call.target,
      'x-amz-date': '20260101T000000Z',
      authorization: unsignedAuthorization(call.target.startsWith('AmazonSQS') ? 'sqs' : 'dynamodb'),
    },
    body: JSON.stringify(call.body),
    signal: call.signal ?? null,
  });
  const answer = (await response.json()) as T & { __type?: string; message?: string; Message?: string };
  if (response.ok) return answer;
  throw new AwsError(errorName(answer.__type), answer.message ?? answer.Message ?? `HTTP ${response.status}`);
}

/** Returns the bare name in a `__type`, such as `QueueDoesNotExist` for `com.amazonaws.sqs#QueueDoesNotExist`. */
export function errorName(type: string | undefined): string {
  return type?.split('#').at(-1) ?? 'UnknownError';
}

function unsignedAuthorization(service: string): string {
  const credential = `${CREDENTIALS.AWS_ACCESS_KEY_ID}/20260101/${REGION}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
}
