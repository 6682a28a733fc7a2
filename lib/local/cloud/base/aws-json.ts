// A small client of the AWS JSON protocol, for the laptop cloud's own calls to its emulators.
import type { Credentials } from './credentials.ts';
import { REGION } from './identity.ts';
import { signAwsRequest } from './signature-v4.ts';

/** A refusal by the service. Its name is the service's error name. */
export class AwsError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** A service, and the credentials that sign the calls to it. */
export interface AwsService {
  readonly endpoint: string;
  readonly credentials: Credentials;
}

/** One call of an operation. */
export interface AwsCall extends AwsService {
  /** The `x-amz-target`, e.g. `DynamoDB_20120810.CreateTable`. */
  readonly target: string;
  readonly body: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls one operation and returns its answer.
 * @throws AwsError when the service refuses the call.
 * @throws TypeError when the service cannot be reached.
 */
export async function callAws<T = Record<string, unknown>>(call: AwsCall): Promise<T> {
  const body = JSON.stringify(call.body);
  const headers = signedHeaders(call, body);
  const response = await fetch(call.endpoint, { method: 'POST', headers, body, signal: call.signal ?? null });
  const answer = (await response.json()) as T & { __type?: string; message?: string; Message?: string };
  if (response.ok) return answer;
  throw new AwsError(errorName(answer.__type), answer.message ?? answer.Message ?? `HTTP ${response.status}`);
}

/** Returns the bare name in a `__type`, such as `QueueDoesNotExist` for `com.amazonaws.sqs#QueueDoesNotExist`. */
export function errorName(type: string | undefined): string {
  return type?.split('#').at(-1) ?? 'UnknownError';
}

/** Returns the service's name in a signature, such as `dynamodb` for `DynamoDBStreams_20120810.GetRecords`. */
export function signingName(target: string): string {
  if (target.startsWith('AmazonSQS.')) return 'sqs';
  return target.startsWith('secretsmanager.') ? 'secretsmanager' : 'dynamodb';
}

function signedHeaders({ endpoint, target, credentials }: AwsCall, body: string): Readonly<Record<string, string>> {
  const { host, pathname, search } = new URL(endpoint);
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
  const request = { method: 'POST', target: pathname + search, headers: { ...headers, host }, body };
  const signer = { credentials, region: REGION, service: signingName(target), timestampMs: Date.now() };
  return { ...headers, ...signAwsRequest(request, signer) };
}
