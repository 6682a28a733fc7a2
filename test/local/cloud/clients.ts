// Clients of the real SDK that call a laptop cloud as its functions do.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { LaptopCloud } from '../../../lib/local/cloud/laptop-cloud.ts';

const COMMON = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'laptop', secretAccessKey: 'laptop' },
  maxAttempts: 1,
};

/** Returns a DynamoDB client for the cloud. */
export function dynamodbClient({ endpoints }: LaptopCloud): DynamoDBClient {
  const client = new DynamoDBClient({ ...COMMON, endpoint: endpoints.dynamodb });
  onTestFinished(() => client.destroy());
  return client;
}

/** Returns an SQS client for the cloud. */
export function sqsClient({ endpoints }: LaptopCloud): SQSClient {
  const client = new SQSClient({ ...COMMON, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false });
  onTestFinished(() => client.destroy());
  return client;
}
