// Reads everything that a laptop cloud stores: the rows of its table, its queues and its secrets.
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { paginateListQueues } from '@aws-sdk/client-sqs';
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../../../lib/aws/clients.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';

export interface StoredData {
  /** Each row as JSON. */
  readonly rows: readonly string[];
  readonly queues: readonly string[];
  readonly secrets: readonly string[];
}

/** Returns a row as text that does not depend on the order of its attributes. */
function toSortedJson(item: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Reads the data from the emulators directly, without the relay's adapters. */
export async function readStoredData({ deployment, services }: LaptopDeployment): Promise<StoredData> {
  const dynamodb = createDynamoDbClient(services.dynamodb);
  const sqs = createSqsClient(services.sqs);
  const secretsManager = createSecretsManagerClient(services.secretsManager);
  const rows = await Array.fromAsync(paginateScan({ client: dynamodb }, { TableName: deployment.tableName }));
  const queues = await Array.fromAsync(paginateListQueues({ client: sqs }, {}));
  const secrets = await Array.fromAsync(paginateListSecrets({ client: secretsManager }, {}));
  for (const client of [dynamodb, sqs, secretsManager]) client.destroy();
  return {
    rows: rows.flatMap(({ Items = [] }) => Items.map(toSortedJson)),
    queues: queues.flatMap(({ QueueUrls = [] }) => QueueUrls).toSorted(),
    secrets: secrets.flatMap(({ SecretList = [] }) => SecretList.map(({ Name }) => String(Name))).toSorted(),
  };
}
