// Deleting an account on real emulators, killed at any command and run again: a scan of table, queues and secrets proves it.
import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { paginateListQueues } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJobQueues } from '../../lib/aws/queues/sqs-job-queues.ts';
import { createQueueInventory } from '../../lib/aws/queues/sqs-queue-inventory.ts';
import { createImportedSecretStore } from '../../lib/aws/secrets/imported-secrets.ts';
import { createAccountRegister } from '../../lib/aws/stores/dynamodb-accounts.ts';
import { createEnrollment } from '../../lib/aws/stores/dynamodb-agents.ts';
import { createDeliveryLog } from '../../lib/aws/stores/dynamodb-delivery-log.ts';
import { createEndpointRegister } from '../../lib/aws/stores/dynamodb-endpoints.ts';
import { createEvidenceStore } from '../../lib/aws/stores/dynamodb-evidence.ts';
import { createJobHistory } from '../../lib/aws/stores/dynamodb-job-history.ts';
import { createJobStore } from '../../lib/aws/stores/dynamodb-jobs.ts';
import { createKeyRegister } from '../../lib/aws/stores/dynamodb-keys.ts';
import { createOneTimeValues } from '../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../lib/aws/stores/dynamodb-quota.ts';
import { createSecretClaims } from '../../lib/aws/stores/dynamodb-secret-claims.ts';
import { createTenantRows } from '../../lib/aws/stores/dynamodb-tenant-rows.ts';
import { createRegistry } from '../../lib/aws/stores/registry.ts';
import { Secret } from '../../lib/protocol/secret.ts';
import type { Account } from '../../lib/relay/model/records.ts';
import { deleteAccount } from '../../lib/relay/operator/accounts/delete-account.ts';
import { granted } from '../support/relay/outcomes.ts';
import {
  holdOf,
  NOW,
  sampleAccount,
  sampleAgentKey,
  sampleDelivery,
  sampleEndpoint,
  sampleGrant,
  sampleJob,
  samplePartnerKey,
  unique,
} from '../support/relay/samples.ts';
import { type RealServices, startRealServices } from '../support/services/real-services.ts';

let services: RealServices;
/** Commands until the tool is killed, and from then on. */
const life = { left: Number.POSITIVE_INFINITY };

beforeAll(async () => {
  services = await startRealServices();
  for (const client of [services.dynamoDb, services.sqs, services.secrets]) mortal(client as DynamoDBClient);
});
afterAll(() => services.stop());

function mortal(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      life.left -= 1;
      if (life.left < 0) throw new Error('killed');
      return next(args);
    },
    { step: 'initialize' },
  );
}

function toolPorts() {
  const { table, sqs, dynamoDb, secrets, jobQueueUrlPrefix } = services;
  return {
    accounts: createAccountRegister(table),
    endpoints: createEndpointRegister(table),
    registry: createRegistry(table, sqs, jobQueueUrlPrefix),
    keys: createKeyRegister(table),
    claims: createSecretClaims(table),
    enrollment: createEnrollment(dynamoDb, table),
    jobs: createJobStore(table),
    history: createJobHistory(table),
    evidence: createEvidenceStore(table),
    log: createDeliveryLog(table),
    quota: createQuotaLedger(table),
    oneTimeValues: createOneTimeValues(table),
    queues: createJobQueues(sqs, jobQueueUrlPrefix),
    inventory: createQueueInventory(sqs, jobQueueUrlPrefix),
    importedSecrets: createImportedSecretStore(secrets, 'test', () => NOW),
    rows: createTenantRows(table),
    eventLog: { record: () => {} },
    clock: () => NOW,
    sleep: async () => {},
  };
}

interface Furniture {
  readonly openJobs: number;
  readonly endedJobs: number;
  readonly keys: number;
  readonly agents: number;
  readonly endpoints: number;
  readonly isHalfMade: boolean;
}

/** Everything that an account can have, some of it left behind by tools that were killed. */
async function furnish(account: Account, input: Furniture): Promise<void> {
  const ports = toolPorts();
  const { accountId } = account;
  await ports.accounts.create(account);
  for (const pool of account.pools) await ports.registry.createQueue({ accountId, pool });
  const keyIds = [];
  for (let made = 0; made < input.keys; made += 1) keyIds.push(await furnishKey(accountId, input));
  for (let made = 0; made < input.agents; made += 1) keyIds.push(await furnishAgent(accountId));
  for (let made = 0; made < input.endpoints; made += 1) await furnishEndpoint(accountId);
  for (const keyId of keyIds) {
    const value = { keyId, value: unique('0123456789abcdef-'), expiresAtMs: NOW + 600_000 };
    await ports.oneTimeValues.claim(value, NOW);
  }
  await ports.quota.take(accountId, 1, { jobsPerMonth: 10, jobsPerMinute: 10 }, NOW);
  await ports.registry.putGrant(sampleGrant({ accountId }));
  for (let made = 0; made < input.openJobs + input.endedJobs; made += 1)
    await furnishJob(accountId, made < input.openJobs);
}

async function furnishKey(accountId: string, { isHalfMade }: Furniture): Promise<string> {
  const ports = toolPorts();
  const key = samplePartnerKey({ accountId });
  const owner = { direction: 'inbound', accountId, id: key.keyId, version: 1 } as const;
  const digest = unique('digest-of-a-secret-');
  await ports.claims.claim(digest, owner);
  if (isHalfMade) await ports.importedSecrets.create(owner, new Secret('theirs-0123456789'), digest);
  await ports.keys.create(key);
  return key.keyId;
}

async function furnishAgent(accountId: string): Promise<string> {
  const { registry, enrollment } = toolPorts();
  const [grant, agent] = [sampleGrant({ accountId }), sampleAgentKey({ accountId })];
  await registry.putGrant(grant);
  await enrollment.redeem(grant, agent, { thumbprint: agent.keyId, name: 'desk', nowMs: NOW });
  return agent.keyId;
}

/** All accounts call theirs by the same ids. */
async function furnishEndpoint(accountId: string): Promise<void> {
  const { endpoints, log } = toolPorts();
  const endpoint = sampleEndpoint({ accountId, endpointId: 'the-hook' });
  await endpoints.create(endpoint);
  await log.record(sampleDelivery({ accountId, endpointId: endpoint.endpointId }));
}

async function furnishJob(accountId: string, isOpen: boolean): Promise<void> {
  const { jobs, evidence, queues } = toolPorts();
  const job = sampleJob({ accountId, ...(!isOpen && { state: 'failed' as const, dueAt: undefined }) });
  await jobs.create(job, NOW);
  if (isOpen) await queues.send(job, job);
  await evidence.save(holdOf({ ...job, fence: 1 }), `evidence of ${job.jobId}`, NOW + 1_000);
}

/** Whatever there is in table, queues and secrets. */
async function dump() {
  const { dynamoDb, table, sqs, secrets } = services;
  const pages = await Array.fromAsync(paginateScan({ client: dynamoDb }, { TableName: table.name }));
  const rows = pages.flatMap(({ Items = [] }) => Items.map((item) => unmarshall(item)));
  const queues = await Array.fromAsync(paginateListQueues({ client: sqs }, {}));
  const kept = await Array.fromAsync(paginateListSecrets({ client: secrets }, {}));
  return {
    rows: rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted(),
    queues: queues.flatMap(({ QueueUrls = [] }) => QueueUrls).toSorted(),
    secrets: kept.flatMap(({ SecretList = [] }) => SecretList.map(({ Name }) => Name)).toSorted(),
  };
}

const few = fc.integer({ min: 0, max: 2 });
const furniture = fc.record<Furniture>({
  openJobs: few,
  endedJobs: few,
  keys: few,
  agents: few,
  endpoints: fc.integer({ min: 0, max: 1 }),
  isHalfMade: fc.boolean(),
});

describe('a deleted account', () => {
  it('leaves nothing, and nothing of another is touched, whatever both have and wherever the tool is killed', async () => {
    const kills = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(furniture, furniture, kills, async (own, others, killedAfter) => {
        const other = sampleAccount();
        await furnish(other, others);
        const before = await dump();
        const account = sampleAccount({ accountId: `${other.accountId}0` });
        await furnish(account, own);
        expect((await dump()).rows.length).toBeGreaterThan(before.rows.length);
        for (const commands of killedAfter) await removeKilled(account.accountId, commands);
        const left = await toolPorts().accounts.find(account.accountId);
        if (left) granted(await deleteAccount(toolPorts(), account.accountId, { cancelJobs: true }));
        expect(await dump()).toEqual(before);
      }),
      { numRuns: 6 },
    );
  });
});

/** The tool dies after so many commands, if it has not come to its end by then. */
async function removeKilled(accountId: string, commands: number): Promise<void> {
  life.left = commands;
  try {
    await deleteAccount(toolPorts(), accountId, { cancelJobs: true });
  } catch (error) {
    if (life.left >= 0) throw error;
  } finally {
    life.left = Number.POSITIVE_INFINITY;
  }
}
