// Clients of the real SDK that call a laptop cloud as its functions do.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { LaptopCloud } from '../../../lib/local/cloud/laptop-cloud.ts';

const COMMON = { region: 'us-east-1', maxAttempts: 1 };

/** What a client needs of a laptop cloud, which may run in another process. */
export type ReachableCloud = Pick<LaptopCloud, 'endpoints' | 'credentials'>;

/** Returns a DynamoDB client for the cloud. */
export function dynamodbClient({ endpoints, credentials }: ReachableCloud): DynamoDBClient {
  const client = new DynamoDBClient({ ...COMMON, credentials, endpoint: endpoints.dynamodb });
  onTestFinished(() => client.destroy());
  return client;
}

/** Returns an SQS client for the cloud. */
export function sqsClient({ endpoints, credentials }: ReachableCloud): SQSClient {
  const client = new SQSClient({ ...COMMON, credentials, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false });
  onTestFinished(() => client.destroy());
  return client;
}
