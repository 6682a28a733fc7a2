// Services that our own environment names, in the variables that the AWS SDK reads too, to be used instead of ours.
import { AwsError, callAws } from './aws-json.ts';

const ANSWERS_WITHIN_MS = 5_000;

/**
 * The address in AWS_ENDPOINT_URL_<SERVICE> (or AWS_ENDPOINT_URL), if there is one. A refusal of the question is an answer too.
 * @throws Error naming the variable when no such service answers there.
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
