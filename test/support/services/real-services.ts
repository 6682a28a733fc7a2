// Starts the emulated services (Dynoxide, fauxqs and our Secrets Manager) on free ports, with real SDK clients.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../../../lib/aws/clients.ts';
import { DynamoTable } from '../../../lib/aws/table/dynamodb-table.ts';
import { TABLE } from '../../../lib/aws/table/table-schema.ts';
import { collectStarted } from '../../../lib/local/cloud/base/stoppable.ts';
import { createMeter } from '../../../lib/local/cloud/meter/meter.ts';
import { startSecretsManager } from '../../../lib/local/cloud/secrets/secrets-manager.ts';
import { startDynamoDb } from '../../../lib/local/cloud/services/dynamodb.ts';
import { startSqs } from '../../../lib/local/cloud/services/sqs.ts';

/** Long time-outs, because hundreds of concurrent calls are slow on a busy machine. */
const ACCOUNT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'laptop', secretAccessKey: 'laptop' },
  requestHandler: { connectionTimeout: 20_000, requestTimeout: 25_000 },
};

export interface RealServices {
  readonly dynamoDb: DynamoDBClient;
  readonly table: DynamoTable;
  readonly sqs: SQSClient;
  readonly jobQueueUrlPrefix: string;
  readonly secrets: SecretsManagerClient;
  makeQueue(name: string): Promise<string>;
  makeSecret(name: string, value: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the services with an empty table. Call `stop` at the end. */
export async function startRealServices(): Promise<RealServices> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-contracts-'));
  const started = collectStarted();
  started.add({ stop: async () => rmSync(folder, { recursive: true, force: true }) });
  const [{ endpoint: dynamoEndpoint }, { endpoint: sqsEndpoint }, { endpoint: secretsEndpoint }] = await Promise.all([
    startDynamoDb(folder).then(started.add),
    startSqs().then(started.add),
    startSecretsManager(folder, createMeter()).then(started.add),
  ]);
  const dynamoDb = createDynamoDbClient({ ...ACCOUNT, endpoint: dynamoEndpoint });
  const sqs = createSqsClient({ ...ACCOUNT, endpoint: sqsEndpoint });
  const secrets = createSecretsManagerClient({ ...ACCOUNT, endpoint: secretsEndpoint });
  for (const client of [dynamoDb, sqs, secrets]) started.add({ stop: async () => client.destroy() });
  // Another emulator may be shared by several test files, so each start creates its own table.
  const tableName = `contracts-${randomUUID()}`;
  await makeTable(dynamoDb, tableName);
  return {
    dynamoDb,
    table: new DynamoTable(dynamoDb, tableName),
    sqs,
    jobQueueUrlPrefix: `${sqsEndpoint}/000000000000/signet-test-jobs-`,
    secrets,
    async makeQueue(name) {
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      return QueueUrl;
    },
    async makeSecret(name, value) {
      await secrets.send(new CreateSecretCommand({ Name: name, SecretString: value }));
    },
    stop: started.stop,
  };
}

/** Creates the table of the schema. Its indexes hold only keys, so that an adapter that reads more from them fails. */
export async function makeTable(client: DynamoDBClient, name: string, options = { stream: false }): Promise<void> {
  const indexKeys = Object.values(TABLE.indexes).flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
  const keys = [{ name: TABLE.partitionKey, type: 'S' } as const, { name: TABLE.sortKey, type: 'S' } as const];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(TABLE.partitionKey, TABLE.sortKey),
      AttributeDefinitions: [...keys, ...indexKeys].map((key) => ({
        AttributeName: key.name,
        AttributeType: key.type,
      })),
      GlobalSecondaryIndexes: Object.entries(TABLE.indexes).map(([IndexName, { partitionKey, sortKey }]) => ({
        IndexName,
        KeySchema: keySchema(partitionKey.name, sortKey.name),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
      ...(options.stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: TABLE.stream } }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName: name });
}

function keySchema(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
}
