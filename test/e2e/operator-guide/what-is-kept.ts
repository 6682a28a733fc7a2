// Everything that a relay on this machine keeps: the rows of its table, its queues, its secrets.
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { paginateListQueues } from '@aws-sdk/client-sqs';
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../../../lib/aws/clients.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';

export interface Kept {
  /** Each as JSON. */
  readonly rows: readonly string[];
  readonly queues: readonly string[];
  readonly secrets: readonly string[];
}

/** The same row is the same text: attributes come in any order. */
function inOrder(item: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** As it lies in the emulators: nothing of ours reads it. */
export async function readWhatIsKept({ deployment, services }: LaptopDeployment): Promise<Kept> {
  const dynamodb = createDynamoDbClient(services.dynamodb);
  const sqs = createSqsClient(services.sqs);
  const secretsManager = createSecretsManagerClient(services.secretsManager);
  const rows = await Array.fromAsync(paginateScan({ client: dynamodb }, { TableName: deployment.tableName }));
  const queues = await Array.fromAsync(paginateListQueues({ client: sqs }, {}));
  const secrets = await Array.fromAsync(paginateListSecrets({ client: secretsManager }, {}));
  for (const client of [dynamodb, sqs, secretsManager]) client.destroy();
  return {
    rows: rows.flatMap(({ Items = [] }) => Items.map(inOrder)),
    queues: queues.flatMap(({ QueueUrls = [] }) => QueueUrls).toSorted(),
    secrets: secrets.flatMap(({ SecretList = [] }) => SecretList.map(({ Name }) => String(Name))).toSorted(),
  };
}
