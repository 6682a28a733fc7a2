// Services that the environment names in the variables of the AWS SDK, to be used in place of our emulators.
import { AwsError, callAws } from './aws-json.ts';

const ANSWERS_WITHIN_MS = 5_000;

/** Errors of a service that has no such operation. The second is a refusal that names no error. */
const UNKNOWN_OPERATION = new Set(['UnknownOperationException', 'UnknownError']);

/**
 * Returns the address in AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL, or undefined when neither is set. It calls each
 * operation once without arguments; a refusal, such as one of the credentials, shows that the service is there.
 * @param operations such as `DynamoDB_20120810.ListTables`
 * @throws Error that names the variable when no such service answers there, or when it does not know an operation.
 */
export async function findNamedEndpoint(
  service: 'DynamoDB' | 'SQS',
  operations: readonly string[],
): Promise<string | undefined> {
  const own = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const variable = process.env[own] === undefined ? 'AWS_ENDPOINT_URL' : own;
  const endpoint = process.env[variable];
  if (!endpoint) return undefined;
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  for (const target of operations)
    await callAws({ endpoint, target, body: {}, signal }).catch((cause: unknown) => {
      if (!(cause instanceof AwsError))
        throw new Error(`${variable} names ${endpoint}, but no ${service} answers there.`, { cause });
      if (UNKNOWN_OPERATION.has(cause.name))
        throw new Error(`${variable} names ${endpoint}, but the ${service} there does not know ${target}.`, { cause });
    });
  return endpoint;
}
