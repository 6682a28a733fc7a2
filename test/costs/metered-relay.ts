// The relay's handlers over real adapters and emulators, with a meter in between. The clock is fixed and caches are warm, so
// that the same work always costs the same.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { createDynamoDbClient, createSqsClient } from '../../lib/aws/clients.ts';
import { handleQueueBatch, handleStreamBatch } from '../../lib/aws/lambda/batch.ts';
import { eventSourcesIn, sequenceNumberOf } from '../../lib/aws/lambda/stream-event.ts';
import { createDeliveryQueue, parseDelivery } from '../../lib/aws/queues/sqs-delivery-queue.ts';
import { createJobQueues } from '../../lib/aws/queues/sqs-job-queues.ts';
import { createQueueDepths } from '../../lib/aws/queues/sqs-queue-inventory.ts';
import { createAccountRegister } from '../../lib/aws/stores/dynamodb-accounts.ts';
import { createAgentInstances, createEnrollment, createPresence } from '../../lib/aws/stores/dynamodb-agents.ts';
import { createDeliveryLog } from '../../lib/aws/stores/dynamodb-delivery-log.ts';
import { createDirectory } from '../../lib/aws/stores/dynamodb-directory.ts';
import { createDueWork } from '../../lib/aws/stores/dynamodb-due-work.ts';
import { createEmptyQueues } from '../../lib/aws/stores/dynamodb-empty-queues.ts';
import { createEndpointRegister } from '../../lib/aws/stores/dynamodb-endpoints.ts';
import { createEvidenceStore } from '../../lib/aws/stores/dynamodb-evidence.ts';
import { createJobHistory } from '../../lib/aws/stores/dynamodb-job-history.ts';
import { createJobStore } from '../../lib/aws/stores/dynamodb-jobs.ts';
import { createKeyRegister, createKeyUses } from '../../lib/aws/stores/dynamodb-keys.ts';
import { createOneTimeValues } from '../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../lib/aws/stores/dynamodb-quota.ts';
import { createRegistry } from '../../lib/aws/stores/registry.ts';
import { DynamoTable } from '../../lib/aws/table/dynamodb-table.ts';
import type { AwsService } from '../../lib/local/cloud/base/aws-json.ts';
import { collectStarted } from '../../lib/local/cloud/base/stoppable.ts';
import { createMeter, difference, type MeterReading, type WritableMeter } from '../../lib/local/cloud/meter/meter.ts';
import { type Emulators, startEmulators } from '../../lib/local/cloud/services/emulators.ts';
import { listShards, openShard } from '../../lib/local/cloud/sources/stream-reader.ts';
import { deliverEvent } from '../../lib/relay/delivery/deliver-event.ts';
import { publishEvents } from '../../lib/relay/delivery/publish-event.ts';
import type { IncomingRequest } from '../../lib/relay/http/request-pipeline.ts';
import { sweep } from '../../lib/relay/sweep/sweep.ts';
import { ACCOUNT, sampleEndpoint, sampleGrant } from '../support/relay/samples.ts';
import { type Agent, type Answer, createWorld, type World } from '../support/relay/world.ts';
import { createRowPutter } from '../support/services/put-rows.ts';
import { makeTable } from '../support/services/real-services.ts';

const TABLE_NAME = 'costs';
const DELIVERIES = 'signet-test-deliveries';
const BATCH_SIZE = 10;

export type MeteredRelay = Awaited<ReturnType<typeof startMeteredRelay>>;

/** Starts the emulators and returns the relay. Call `stop` at the end. */
export async function startMeteredRelay() {
  const started = collectStarted();
  const folder = mkdtempSync(join(tmpdir(), 'signet-costs-'));
  started.add({ stop: async () => rmSync(folder, { recursive: true, force: true }) });
  const meter = createMeter();
  const emulators = await startEmulators(folder, meter, started);
  const account = { region: 'us-east-1', credentials: emulators.credentials };
  const dynamoDb = createDynamoDbClient({ ...account, endpoint: emulators.endpoints.dynamodb });
  const sqs = createSqsClient({ ...account, endpoint: emulators.endpoints.sqs });
  for (const client of [dynamoDb, sqs]) started.add({ stop: async () => client.destroy() });
  const world = await createWorld();
  const deliveryQueueUrl = await installAdapters(world, { emulators, dynamoDb, sqs });
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  const stream = await openStream(emulators.unmetered.dynamodb, Table?.LatestStreamArn ?? '');
  return {
    world,
    /** Runs the work and returns what it used. */
    async costOf(work: () => Promise<unknown>): Promise<MeterReading> {
      const before = meter.snapshot();
      await work();
      return difference(meter.snapshot(), before);
    },
    /** Enrols the agent. */
    enroll: (agent: Agent) => enroll(world, agent),
    /** Sends a request as API Gateway does, to the function of its route. */
    async ask(request: IncomingRequest): Promise<Answer> {
      meter.countCall('apiGateway', request.method);
      meter.countCall('lambda', request.path.startsWith('/agent/') ? 'agent' : 'links');
      return world.ask(request);
    },
    /** Runs the sweep as its schedule does. Returns the number of jobs that it handled. */
    async sweep(): Promise<number> {
      meter.countCall('lambda', 'sweep');
      return (await sweep(world.ports)).jobs;
    },
    /** Reads the stream as Lambda does, which is free of charge. Returns the number of jobs that ended since the last call. */
    publish: () => publish(world, meter, stream),
    /** Polls the delivery queue once as Lambda does: receives up to ten messages and deletes them. Returns their number. */
    deliver: () => deliver(world, meter, { sqs, deliveryQueueUrl }),
    stop: started.stop,
  };
}

interface Services {
  readonly emulators: Emulators;
  readonly dynamoDb: ReturnType<typeof createDynamoDbClient>;
  readonly sqs: ReturnType<typeof createSqsClient>;
}

/** Installs the real adapters in the world, and creates account, key, agent and endpoint. Returns the delivery queue's URL. */
async function installAdapters(world: World, { emulators, dynamoDb, sqs }: Services): Promise<string> {
  await makeTable(dynamoDb, TABLE_NAME, { stream: true });
  const table = new DynamoTable(dynamoDb, TABLE_NAME);
  const jobQueueUrlPrefix = `${emulators.endpoints.sqs}/000000000000/signet-test-jobs-`;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: DELIVERIES }));
  const rows = createRowPutter(createAccountRegister(table), createEndpointRegister(table));
  const registry = createRegistry(table, sqs, jobQueueUrlPrefix);
  Object.assign(world.ports, {
    directory: createDirectory(table, world.ports.clock),
    registry,
    accounts: createAccountRegister(table),
    keys: createKeyRegister(table),
    endpoints: createEndpointRegister(table),
    presence: createPresence(table),
    instances: createAgentInstances(table),
    enrollment: createEnrollment(dynamoDb, table),
    keyUses: createKeyUses(table),
    oneTimeValues: createOneTimeValues(table),
    jobs: createJobStore(table),
    history: createJobHistory(table),
    quota: createQuotaLedger(table),
    evidence: createEvidenceStore(table),
    due: createDueWork(table),
    emptyQueues: createEmptyQueues(table),
    inventory: createQueueDepths(sqs, jobQueueUrlPrefix),
    log: createDeliveryLog(table),
    queues: createJobQueues(sqs, jobQueueUrlPrefix),
    deliveries: createDeliveryQueue(sqs, QueueUrl),
  });
  await rows.putAccount(ACCOUNT);
  for (const pool of ACCOUNT.pools) await registry.createQueue({ accountId: ACCOUNT.accountId, pool });
  await registry.putKey(world.partner.key);
  await enroll(world, world.agent);
  await rows.putEndpoint(sampleEndpoint());
  return QueueUrl;
}

async function enroll({ ports }: World, agent: Agent): Promise<Agent> {
  const { key } = agent;
  const grant = sampleGrant({ accountId: key.accountId, pool: key.pool });
  await ports.registry.putGrant(grant);
  await ports.enrollment.redeem(grant, key, { thumbprint: key.keyId, name: 'desk', nowMs: ports.clock() });
  return agent;
}

type Stream = () => Promise<readonly DynamoDBRecord[]>;

/** Returns a function that reads the stream's records since its last call. */
async function openStream(service: AwsService, streamArn: string): Promise<Stream> {
  const shards = (await listShards(service, streamArn)).map((id) => openShard(service, streamArn, id));
  return async () => {
    const pages: (readonly unknown[])[] = [];
    for (const shard of shards) {
      for (let page = await shard.read(1_000); page && page.length > 0; page = await shard.read(1_000))
        pages.push(page);
    }
    return pages.flat() as DynamoDBRecord[];
  };
}

/** Returns true for a record that passes the event source's filter: an open job has ended. */
function isEnd({ dynamodb }: DynamoDBRecord): boolean {
  const [before, after] = [dynamodb?.OldImage?.['state']?.S ?? '', dynamodb?.NewImage?.['state']?.S ?? ''];
  return ['queued', 'leased'].includes(before) && ['completed', 'failed', 'expired', 'canceled'].includes(after);
}

async function publish(world: World, meter: WritableMeter, stream: Stream): Promise<number> {
  const records = (await stream()).filter(isEnd);
  for (let at = 0; at < records.length; at += BATCH_SIZE) {
    meter.countCall('lambda', 'publish');
    await handleStreamBatch(records.slice(at, at + BATCH_SIZE), {
      read: eventSourcesIn,
      handle: (sources) => publishEvents(world.ports, sources),
      idOf: sequenceNumberOf,
      onFailure: rethrow,
    });
  }
  return records.length;
}

interface DeliverySource {
  readonly sqs: Services['sqs'];
  readonly deliveryQueueUrl: string;
}

async function deliver(world: World, meter: WritableMeter, { sqs, deliveryQueueUrl }: DeliverySource): Promise<number> {
  const QueueUrl = deliveryQueueUrl;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH_SIZE }));
  if (Messages.length === 0) return 0;
  meter.countCall('lambda', 'deliver');
  await handleQueueBatch(Messages, {
    handle: ({ Body = '' }: Message) => deliverEvent(world.ports, parseDelivery(Body)),
    idOf: ({ MessageId = '' }) => MessageId,
    onFailure: rethrow,
  });
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages.length;
}

function rethrow(error: unknown): never {
  throw error;
}
