// The contracts of all ports, checked for the real adapters on emulated services.

import { setTimeout as delay } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT_TAGS } from '../../lib/aws/deployment/deployment-tags.ts';
import { findDeployment } from '../../lib/aws/deployment/find-deployment.ts';
import { createDeliveryQueue, parseDelivery } from '../../lib/aws/queues/sqs-delivery-queue.ts';
import { createJobQueue, createJobQueues } from '../../lib/aws/queues/sqs-job-queues.ts';
import { createQueueInventory } from '../../lib/aws/queues/sqs-queue-inventory.ts';
import { createImportedSecretStore } from '../../lib/aws/secrets/imported-secrets.ts';
import { createKeyRings } from '../../lib/aws/secrets/secrets-key-ring.ts';
import { createAccountRegister } from '../../lib/aws/stores/dynamodb-accounts.ts';
import {
  createAgentInstances,
  createAgentRegister,
  createEnrollment,
  createPresence,
} from '../../lib/aws/stores/dynamodb-agents.ts';
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
import { createSecretClaims } from '../../lib/aws/stores/dynamodb-secret-claims.ts';
import { createRegistry } from '../../lib/aws/stores/registry.ts';
import { ITEM_KEYS } from '../../lib/aws/table/item-keys.ts';
import type { AgentKey, AgentPresence } from '../../lib/relay/model/records.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { NOW, unique } from '../support/relay/samples.ts';
import { createRowPutter } from '../support/services/put-rows.ts';
import { type RealServices, startRealServices } from '../support/services/real-services.ts';
import { describeDeliveryLogContract } from './ports/delivery-log-contract.ts';
import { describeDeliveryQueueContract } from './ports/delivery-queue-contract.ts';
import { describeDirectoryContract } from './ports/directory-contract.ts';
import { describeDueWorkContract } from './ports/due-work-contract.ts';
import { describeEmptyQueuesContract } from './ports/empty-queues-contract.ts';
import { describeEnrollmentContract } from './ports/enrollment-contract.ts';
import { describeEvidenceStoreContract } from './ports/evidence-store-contract.ts';
import { describeImportedSecretsContract } from './ports/imported-secrets-contract.ts';
import { describeJobHistoryContract } from './ports/job-history-contract.ts';
import { describeJobQueuesContract } from './ports/job-queues-contract.ts';
import { describeJobStoreContract } from './ports/job-store-contract.ts';
import { describeKeyRingsContract } from './ports/key-rings-contract.ts';
import { describeKeysContract } from './ports/keys-contract.ts';
import { describeOneTimeValuesContract } from './ports/one-time-values-contract.ts';
import { describePresenceContract } from './ports/presence-contract.ts';
import { describeQueueInventoryContract } from './ports/queue-inventory-contract.ts';
import { describeQuotaLedgerContract } from './ports/quota-ledger-contract.ts';
import { describeRegistersContract } from './ports/registers-contract.ts';
import { describeSecretClaimsContract } from './ports/secret-claims-contract.ts';

let services: RealServices;
beforeAll(async () => {
  services = await startRealServices();
});
afterAll(() => services.stop());

/** Waits a little. The emulators use the real clock, so a test that waits for one polls. */
const passTime = () => delay(50);

function makeTenants() {
  const { table, sqs, dynamoDb, jobQueueUrlPrefix } = services;
  return {
    registry: {
      ...createRegistry(table, sqs, jobQueueUrlPrefix),
      ...createRowPutter(createAccountRegister(table), createEndpointRegister(table)),
    },
    keys: createKeyRegister(table),
    keyUses: createKeyUses(table),
    enrollment: createEnrollment(dynamoDb, table),
    presence: createPresence(table),
    instances: createAgentInstances(table),
    accounts: createAccountRegister(table),
    endpoints: createEndpointRegister(table),
    agents: createAgentRegister(table),
    freshDirectory: () => createDirectory(table, () => NOW),
    async setAgentState({ accountId, keyId }: AgentKey, state: AgentPresence['state']) {
      await table.update(ITEM_KEYS.agent(accountId, keyId), { set: { state } });
    },
  };
}

describe('jobs', () => describeJobStoreContract(() => createJobStore(services.table)));
describe('one-time values', () => describeOneTimeValuesContract(() => createOneTimeValues(services.table)));
describe('the quota ledger', () =>
  describeQuotaLedgerContract(() => [createQuotaLedger(services.table), createQuotaLedger(services.table)]));
describe('evidence', () => describeEvidenceStoreContract(() => createEvidenceStore(services.table)));
describe('the delivery log', () => describeDeliveryLogContract(() => createDeliveryLog(services.table)));
describe('the directory', () => describeDirectoryContract(makeTenants));
describe('enrolment', () => describeEnrollmentContract(makeTenants));
describe('keys', () => describeKeysContract(makeTenants));
describe('presence', () => describePresenceContract(makeTenants));
describe('registers of', () => describeRegistersContract(makeTenants));

describe('the queue inventory', () =>
  describeQueueInventoryContract(() => {
    const { sqs, jobQueueUrlPrefix } = services;
    return {
      inventory: createQueueInventory(sqs, jobQueueUrlPrefix),
      queues: createJobQueues(sqs, jobQueueUrlPrefix),
      createQueue: (pool) => createJobQueue(sqs, jobQueueUrlPrefix, pool),
    };
  }));

describe('claims of secrets', () => describeSecretClaimsContract(() => createSecretClaims(services.table)));
describe('imported secrets', () =>
  describeImportedSecretsContract(() => createImportedSecretStore(services.secrets, 'test', () => NOW)));

describe('due work', () =>
  describeDueWorkContract(() => ({
    jobs: createJobStore(services.table),
    log: createDeliveryLog(services.table),
    due: createDueWork(services.table),
  })));

describe('due work in the table', () => {
  /** A time in the past, at which rows of other tests are not due. */
  const LONG_AGO = 1_000_000;

  it('is found beyond the first megabyte, where a page of the index ends', async () => {
    const { table } = services;
    const endpointId = 'e'.repeat(2_000);
    const rows = Array.from({ length: 700 }, (_, index) => ({
      ...ITEM_KEYS.delivery(endpointId, NOW, `evt_${index}`),
      dueShard: 7,
      dueAt: LONG_AGO,
    }));
    for (let at = 0; at < rows.length; at += 50)
      await Promise.all(rows.slice(at, at + 50).map((row) => table.put(row)));
    const page = await services.dynamoDb.send(
      new QueryCommand({
        TableName: table.name,
        IndexName: 'byDue',
        KeyConditionExpression: 'dueShard = :shard',
        ExpressionAttributeValues: { ':shard': { N: '7' } },
      }),
    );
    expect(page.LastEvaluatedKey).toBeDefined();
    const items = await Array.fromAsync(createDueWork(table).findDue(LONG_AGO));
    expect(new Set(items.map((item) => item.kind === 'delivery' && item.eventId)).size).toBe(rows.length);
  });

  it('is skipped if this version does not know its kind', async () => {
    const { table } = services;
    const due = { dueShard: 3, dueAt: LONG_AGO - 1 };
    await table.put({ pk: 'ENDPOINT#ep-1', sk: 'PROBE', ...due });
    await table.put({ ...ITEM_KEYS.job('job_1'), ...due });
    expect(await Array.fromAsync(createDueWork(table).findDue(LONG_AGO - 1))).toEqual([
      { kind: 'job', jobId: 'job_1', dueAt: LONG_AGO - 1 },
    ]);
  });
});

describe('the memory of empty queues', () => describeEmptyQueuesContract(() => createEmptyQueues(services.table)));

describe('job history', () =>
  describeJobHistoryContract(() => ({
    jobs: createJobStore(services.table),
    history: createJobHistory(services.table),
  })));

describe('job queues', () =>
  describeJobQueuesContract(() => {
    const { sqs, jobQueueUrlPrefix } = services;
    return {
      queues: createJobQueues(sqs, jobQueueUrlPrefix),
      createQueue: (pool) => createJobQueue(sqs, jobQueueUrlPrefix, pool),
      async sendForeign({ accountId, pool }) {
        const QueueUrl = `${jobQueueUrlPrefix}${accountId}-${pool}`;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"jobId":7}' }));
      },
      passTime,
    };
  }));

describe('the delivery queue', () =>
  describeDeliveryQueueContract(async () => {
    const { sqs } = services;
    const QueueUrl = await services.makeQueue(unique('deliveries-'));
    const receive = async () => {
      const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      if (!message) return undefined;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return parseDelivery(message.Body ?? '');
    };
    return { deliveries: createDeliveryQueue(sqs, QueueUrl), receive, passTime };
  }));

describe('key rings', () =>
  describeKeyRingsContract(async (text) => {
    const { secrets } = services;
    const SecretId = unique('ring-');
    await services.makeSecret(SecretId, text);
    let nowMs = NOW;
    return {
      rings: createKeyRings(secrets, SecretId, () => nowMs),
      async store(SecretString) {
        await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
      },
      async fail() {
        await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
      },
      passCacheTime() {
        nowMs += TUNING.ringCacheSeconds * 1000;
      },
    };
  }));

it('finds a deployment by the exact stage in the tags of its rings', async () => {
  const { secrets } = services;
  for (const stage of ['found', 'found2'])
    for (const ring of ['inbound', 'outbound']) {
      const facts = Object.fromEntries(Object.keys(DEPLOYMENT_TAGS).map((field) => [field, `${stage} ${field}`]));
      const values: Record<string, string> = { ...facts, stage, ring };
      const Tags = Object.entries(DEPLOYMENT_TAGS).map(([field, Key]) => ({ Key, Value: values[field] }));
      await secrets.send(new CreateSecretCommand({ Name: `${stage}-${ring}`, SecretString: '{}', Tags }));
    }
  expect(await findDeployment(secrets, 'found')).toMatchObject({
    found: 'one',
    deployment: {
      stage: 'found',
      tableName: 'found tableName',
      inboundRingArn: expect.stringMatching(/:secret:found-inbound-\w{6}$/),
      outboundRingArn: expect.stringMatching(/:secret:found-outbound-\w{6}$/),
    },
  });
  expect(await findDeployment(secrets, 'foun')).toEqual({ found: 'none' });
});
