// SDK clients that send nothing: they record each command, and answer as the test defines.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { onTestFinished } from 'vitest';
import { DynamoTable } from '../../lib/aws/table/dynamodb-table.ts';

const OFFLINE = { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

export const TABLE_NAME = 'relay';

/** Returns a DynamoDB client that sends nothing, its mock, and a table on top of it. */
export function recordedDynamoDb() {
  const client = new DynamoDBClient(OFFLINE);
  const dynamoDb = mockClient(client);
  onTestFinished(() => dynamoDb.restore());
  return { dynamoDb, client, table: new DynamoTable(client, TABLE_NAME) };
}

/** Returns an SQS client that sends nothing, and its mock. */
export function recordedSqs() {
  const client = new SQSClient(OFFLINE);
  const sqs = mockClient(client);
  onTestFinished(() => sqs.restore());
  return { sqs, client };
}

/** Returns a Secrets Manager client that sends nothing, and its mock. */
export function recordedSecretsManager() {
  const client = new SecretsManagerClient(OFFLINE);
  const secrets = mockClient(client);
  onTestFinished(() => secrets.restore());
  return { secrets, client };
}

/** Returns the name and input of every command that was sent, in order. */
export function commandsOf(mock: { calls(): readonly { readonly args: readonly unknown[] }[] }) {
  return mock.calls().map(({ args: [command] }) => {
    const { input } = command as { readonly input: Record<string, unknown> };
    return [(command as object).constructor.name, input] as const;
  });
}
