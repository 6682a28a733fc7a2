// The three SDK clients, with short time-outs: a Lambda that waits on a dead connection answers nobody.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

const QUICK = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 }, maxAttempts: 3 };
/** Longer than the longest long poll. */
const PATIENT = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 25_000 }, maxAttempts: 3 };

/** Where and as whom to call, when the standard environment variables are not to decide. */
export interface ClientOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Milliseconds. The time to connect is counted from the call, so it includes the wait for one of the 50 sockets. */
  readonly requestHandler?: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

export const createDynamoDbClient = (options: ClientOptions = {}) => new DynamoDBClient({ ...QUICK, ...options });
export const createSecretsManagerClient = (options: ClientOptions = {}) =>
  new SecretsManagerClient({ ...QUICK, ...options });

/** Without the option an endpoint override would be ignored in favour of the host in each queue's URL. */
export const createSqsClient = (options: ClientOptions = {}) =>
  new SQSClient({ ...PATIENT, useQueueUrlAsEndpoint: false, ...options });
