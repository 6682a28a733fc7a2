// The three SDK clients, with short time-outs. A Lambda function that waits on a dead connection cannot answer.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

const SHORT_TIMEOUTS = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 }, maxAttempts: 3 };

/** Overrides for the endpoint, region and credentials that the standard environment variables set. */
export interface ClientOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /**
   * Milliseconds. `connectionTimeout` starts with the call, so it includes the wait for one of the SDK's 50 sockets.
   */
  readonly requestHandler?: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

/** Returns a DynamoDB client. */
export const createDynamoDbClient = (options: ClientOptions = {}) =>
  new DynamoDBClient({ ...SHORT_TIMEOUTS, ...options });
/** Returns a Secrets Manager client. */
export const createSecretsManagerClient = (options: ClientOptions = {}) =>
  new SecretsManagerClient({ ...SHORT_TIMEOUTS, ...options });

/**
 * Returns an SQS client. Without `useQueueUrlAsEndpoint: false` the SDK would ignore an endpoint override and call the
 * host in each queue's URL.
 */
export const createSqsClient = (options: ClientOptions = {}) =>
  new SQSClient({ ...SHORT_TIMEOUTS, useQueueUrlAsEndpoint: false, ...options });
