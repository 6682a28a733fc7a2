// Services that the environment names in the variables of the AWS SDK, to be used in place of our emulators.
import { AwsError, callAws } from './aws-json.ts';

const ANSWERS_WITHIN_MS = 5_000;

/**
 * Returns the address in AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL, or undefined when neither is set. It calls the
 * operation `question` to check the address; a refusal is an answer too.
 * @throws Error that names the variable when no such service answers at the address.
 */
export async function findNamedEndpoint(service: 'DynamoDB' | 'SQS', question: string): Promise<string | undefined> {
  const own = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const variable = process.env[own] === undefined ? 'AWS_ENDPOINT_URL' : own;
  const endpoint = process.env[variable];
  if (!endpoint) return undefined;
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  await callAws({ endpoint, target: question, body: {}, signal }).catch((cause: unknown) => {
    if (cause instanceof AwsError) return;
    throw new Error(`${variable} names ${endpoint}, but no ${service} answers there.`, { cause });
  });
  return endpoint;
}
