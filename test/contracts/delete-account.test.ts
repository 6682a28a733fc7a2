// Deleting an account on emulated services, killed at any command and repeated. A scan of table, queues and secrets proves it.
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
/** The number of SDK commands that may still run. The tool is killed when it is used up. */
const budget = { commands: Number.POSITIVE_INFINITY };

beforeAll(async () => {
  services = await startRealServices();
  for (const client of [services.dynamoDb, services.sqs, services.secrets]) makeKillable(client as DynamoDBClient);
});
afterAll(() => services.stop());

/** Makes every command of the client throw once the budget is used up. */
function makeKillable(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      budget.commands -= 1;
      if (budget.commands < 0) throw new Error('killed');
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

interface Contents {
  readonly openJobs: number;
  readonly endedJobs: number;
  readonly keys: number;
  readonly agents: number;
  readonly endpoints: number;
  readonly hasUnusedSecrets: boolean;
}

/** Creates an account with everything that it can have, including remains of interrupted commands. */
async function fillAccount(account: Account, input: Contents): Promise<void> {
  const ports = toolPorts();
  const { accountId } = account;
  await ports.accounts.create(account);
  for (const pool of account.pools) await ports.registry.createQueue({ accountId, pool });
  const keyIds = [];
  for (let count = 0; count < input.keys; count += 1) keyIds.push(await addKey(accountId, input));
  for (let count = 0; count < input.agents; count += 1) keyIds.push(await addAgent(accountId));
  for (let count = 0; count < input.endpoints; count += 1) await addEndpoint(accountId);
  for (const keyId of keyIds) {
    const value = { keyId, value: unique('0123456789abcdef-'), expiresAtMs: NOW + 600_000 };
    await ports.oneTimeValues.claim(value, NOW);
  }
  await ports.quota.take(accountId, 1, { jobsPerMonth: 10, jobsPerMinute: 10 }, NOW);
  await ports.registry.putGrant(sampleGrant({ accountId }));
  for (let count = 0; count < input.openJobs + input.endedJobs; count += 1)
    await addJob(accountId, count < input.openJobs);
}

async function addKey(accountId: string, { hasUnusedSecrets }: Contents): Promise<string> {
  const ports = toolPorts();
  const key = samplePartnerKey({ accountId });
  const owner = { direction: 'inbound', accountId, id: key.keyId, version: 1 } as const;
  const digest = unique('digest-of-a-secret-');
  await ports.claims.claim(digest, owner);
  if (hasUnusedSecrets) await ports.importedSecrets.create(owner, new Secret('imported-0123456789'), digest);
  await ports.keys.create(key);
  return key.keyId;
}

async function addAgent(accountId: string): Promise<string> {
  const { registry, enrollment } = toolPorts();
  const [grant, agent] = [sampleGrant({ accountId }), sampleAgentKey({ accountId })];
  await registry.putGrant(grant);
  await enrollment.redeem(grant, agent, { thumbprint: agent.keyId, name: 'desk', nowMs: NOW });
  return agent.keyId;
}

/** Adds an endpoint. Its id is the same in all accounts. */
async function addEndpoint(accountId: string): Promise<void> {
  const { endpoints, log } = toolPorts();
  const endpoint = sampleEndpoint({ accountId, endpointId: 'the-hook' });
  await endpoints.create(endpoint);
  await log.record(sampleDelivery({ accountId, endpointId: endpoint.endpointId }));
}

async function addJob(accountId: string, isOpen: boolean): Promise<void> {
  const { jobs, evidence, queues } = toolPorts();
  const job = sampleJob({ accountId, ...(!isOpen && { state: 'failed' as const, dueAt: undefined }) });
  await jobs.create(job, NOW);
  if (isOpen) await queues.send(job, job);
  await evidence.save(holdOf({ ...job, fence: 1 }), `evidence of ${job.jobId}`, NOW + 1_000);
}

/** Returns everything in the table, the queues and the secrets. */
async function dump() {
  const { dynamoDb, table, sqs, secrets } = services;
  const pages = await Array.fromAsync(paginateScan({ client: dynamoDb }, { TableName: table.name }));
  const rows = pages.flatMap(({ Items = [] }) => Items.map((item) => unmarshall(item)));
  const queues = await Array.fromAsync(paginateListQueues({ client: sqs }, {}));
  const secretPages = await Array.fromAsync(paginateListSecrets({ client: secrets }, {}));
  return {
    rows: rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted(),
    queues: queues.flatMap(({ QueueUrls = [] }) => QueueUrls).toSorted(),
    secrets: secretPages.flatMap(({ SecretList = [] }) => SecretList.map(({ Name }) => Name)).toSorted(),
  };
}

const fewItems = fc.integer({ min: 0, max: 2 });
const contents = fc.record<Contents>({
  openJobs: fewItems,
  endedJobs: fewItems,
  keys: fewItems,
  agents: fewItems,
  endpoints: fc.integer({ min: 0, max: 1 }),
  hasUnusedSecrets: fc.boolean(),
});

describe('deleting an account', () => {
  it('removes everything of it and nothing of another, for any contents and kills at any command', async () => {
    const kills = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(contents, contents, kills, async (own, others, killedAfter) => {
        const other = sampleAccount();
        await fillAccount(other, others);
        const before = await dump();
        const account = sampleAccount({ accountId: `${other.accountId}0` });
        await fillAccount(account, own);
        expect((await dump()).rows.length).toBeGreaterThan(before.rows.length);
        for (const commands of killedAfter) await deleteAndKill(account.accountId, commands);
        const remaining = await toolPorts().accounts.find(account.accountId);
        if (remaining) granted(await deleteAccount(toolPorts(), account.accountId, { cancelJobs: true }));
        expect(await dump()).toEqual(before);
      }),
      { numRuns: 6 },
    );
  });
});

/** Deletes the account with a tool that is killed after a number of commands, unless it finishes earlier. */
async function deleteAndKill(accountId: string, commands: number): Promise<void> {
  budget.commands = commands;
  try {
    await deleteAccount(toolPorts(), accountId, { cancelJobs: true });
  } catch (error) {
    if (budget.commands >= 0) throw error;
  } finally {
    budget.commands = Number.POSITIVE_INFINITY;
  }
}
