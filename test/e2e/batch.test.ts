// Batches against a relay that runs in this process, so that the test can read its meter and stop its agent. The file also tests
// pending reasons and operators' commands.

import { randomUUID } from 'node:crypto';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoDbClient } from '../../lib/aws/clients.ts';
import { RelayClient } from '../../lib/client/index.ts';
import { collectStarted } from '../../lib/local/cloud/base/stoppable.ts';
import { difference } from '../../lib/local/cloud/laptop-cloud.ts';
import { ensureAccount } from '../../lib/local/demo/ensure.ts';
import { ensurePartnerKey } from '../../lib/local/demo/ensure-key.ts';
import { createProgressPrinter } from '../../lib/local/demo/progress-printer.ts';
import { describeDeployment } from '../../lib/local/laptop-deployment.ts';
import { type RunningRelay, startRelay } from '../../lib/local/start-relay.ts';
import { readLocalState } from '../../lib/local/state-file.ts';
import type { BatchItem } from '../../lib/protocol/messages.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { createAccount } from '../../lib/relay/operator/accounts/accounts.ts';
import { deleteAccount } from '../../lib/relay/operator/accounts/delete-account.ts';
import { createEndpoint } from '../../lib/relay/operator/accounts/endpoints.ts';
import { reconcileQueues } from '../../lib/relay/operator/deployment/queues.ts';
import { readStatus } from '../../lib/relay/operator/deployment/status.ts';
import { makeWarmDataDir, ROOT } from '../support/laptop/laptop.ts';
import { credentialOf, partnerOf } from '../support/laptop/partners.ts';
import { type SigningChoices, send, signRequest } from '../support/laptop/requests.ts';
import { granted } from '../support/relay/outcomes.ts';

const dataDir = makeWarmDataDir();
const started = collectStarted();
let relay: RunningRelay;

const state = () => {
  const local = readLocalState(dataDir.path);
  if (!local) throw new Error('local.json does not exist.');
  return local;
};

beforeAll(async () => {
  const progress = createProgressPrinter(() => {}, false);
  const start = { root: ROOT, dataDir: dataDir.path, port: 'any', webhooks: [], progress, started } as const;
  relay = await startRelay({ ...start, signal: new AbortController().signal });
}, 90_000);

afterAll(async () => {
  await started.stop();
  dataDir.remove();
});

const submissionsOf = (count: number) => {
  const run = randomUUID();
  const trackingUrl = state().demoSite;
  return Array.from({ length: count }, (_, row) => ({
    idempotencyKey: `batch-${run}-${row}`,
    trackingUrl,
    source: 'e2e',
    rowId: String(row),
  }));
};

const sendBatch = async (jobs: readonly unknown[]): Promise<readonly BatchItem[]> => {
  const request = signRequest(state(), JSON.stringify({ jobs }), { path: '/api/links/fetch/batch' });
  const { status, json } = await send(request);
  expect(status).toBe(200);
  return json.items;
};

/** Submits ten jobs in one batch, and returns their ids. */
async function submitTen(client: RelayClient): Promise<readonly string[]> {
  const items = await client.batch(submissionsOf(10));
  const ids = items.flatMap((item) => ('job' in item ? item.job.jobId : []));
  expect(ids).toHaveLength(10);
  return ids;
}

async function untilDelivered(ids: readonly string[]): Promise<void> {
  const { events } = relay.watch;
  for (const jobId of ids) {
    const { eventId } = (await events.waitFor('event.published', { jobId }, 15_000)) ?? {};
    expect(await events.waitFor('delivery.attempted', { eventId, decision: 'delivered' }, 15_000)).toBeDefined();
  }
}

test('spends no more writes on a batch of ten jobs than the design allows', async () => {
  const { keyId } = partnerOf('rfc9421');
  const client = new RelayClient({
    baseUrl: state().baseUrl,
    profile: 'rfc9421',
    ...credentialOf(state(), keyId),
  });
  const before = relay.cloud.meter.snapshot();
  const ids = await submitTen(client);
  await untilDelivered(ids);
  const { calls, writeUnits } = difference(relay.cloud.meter.snapshot(), before);
  // Three puts of each job are its row, its evidence and its delivery. The other puts are one-time values: one of the batch, and
  // one of each poll with leases. The demo's agent leases fewer than ten jobs at once, so its claims beyond the first do not
  // count here. `test/costs` measures an agent that leases ten.
  const claimed = (calls.dynamodb['PutItem'] ?? 0) - 3 * ids.length;
  expect(claimed).toBeGreaterThanOrEqual(2);
  expect((writeUnits - (claimed - 2)) / ids.length).toBeLessThanOrEqual(9.5);
  // All sends and deletes are batch calls.
  expect(Object.keys(calls.sqs).filter((operation) => !/^Receive|Batch$/.test(operation))).toEqual([]);
  const events = await client.timeline(ids[0] ?? '');
  expect(events.map(({ type }) => type)).toEqual(['accepted', 'sent', 'started', 'reported', 'delivery']);
  expect(events.at(-1)).toMatchObject({ attempt: 1, state: 'delivered', eventType: 'link.resolved' });
});

/** Returns the used quota units. Calls are not counted here, because the agent works at the same time. */
async function readUsedUnits(): Promise<number> {
  return (await send(signRequest(state(), '', { method: 'GET', path: '/api/quota' }))).json.month.used;
}

test('answers a batch of 100 with three invalid items with 97 jobs and three problems, also when it is repeated', async () => {
  const jobs: Record<string, unknown>[] = submissionsOf(100);
  jobs[7] = { ...jobs[7], rowId: 7 };
  jobs[42] = { ...jobs[42], trackingUrl: 'http://10.0.0.1/' };
  jobs[99] = { ...jobs[99], more: true };
  const invalid = [7, 42, 99];
  const units = await readUsedUnits();
  const items = await sendBatch(jobs);
  expect(await readUsedUnits()).toBe(units + 97);
  expect(
    invalid.map((row) => [items[row]?.status, items[row]?.problem?.code, items[row]?.problem?.errors?.[0]?.path]),
  ).toEqual([
    [422, 'validation_failed', '/rowId'],
    [422, 'url_refused', '/trackingUrl'],
    [422, 'validation_failed', '/more'],
  ]);
  const expected = (status: number) =>
    [...jobs.keys()].map((row) => (invalid.includes(row) ? [422, undefined] : [status, String(row)]));
  const outcomes = (all: readonly BatchItem[]) => all.map(({ status, job }) => [status, job?.rowId]);
  expect(outcomes(items)).toEqual(expected(202));
  const repeat = await sendBatch(jobs);
  expect(await readUsedUnits()).toBe(units + 97);
  expect(outcomes(repeat)).toEqual(expected(200));
  const idsOf = (all: readonly BatchItem[]) => all.flatMap(({ job }) => job?.jobId ?? []);
  expect(new Set(idsOf(items)).size).toBe(97);
  expect(idsOf(repeat)).toEqual(idsOf(items));
});

/** Submits a job, reads it with the same key, and returns its pending reason. */
async function pendingReasonOf(choices: SigningChoices = {}): Promise<string | undefined> {
  const [body] = submissionsOf(1);
  const { status, json } = await send(signRequest(state(), JSON.stringify(body), choices));
  expect([status, json.pendingReason]).toEqual([202, undefined]);
  const path = `/api/links/${json.jobId}`;
  return (await send(signRequest(state(), '', { ...choices, method: 'GET', path }))).json.pendingReason;
}

test('reports no_agent_enrolled for a job whose account has no agent', async () => {
  const accountId = `e2e${randomUUID().replaceAll('-', '').slice(0, 13)}`;
  await ensureAccount(relay.access, { accountId, name: 'No desktops' });
  const input = { keyId: `key-${accountId}`, accountId, profile: 'link-peeler' } as const;
  const { key, secret } = await ensurePartnerKey(relay.access, input);
  expect(await pendingReasonOf({ keyId: key.keyId, secret: secret.reveal() })).toBe('no_agent_enrolled');
});

/** Returns the rows of the table that contain the text, read directly from the emulator. */
async function rowsNaming(text: string): Promise<readonly string[]> {
  const { deployment, services } = describeDeployment(relay.cloud);
  const client = createDynamoDbClient(services.dynamodb);
  const pages = await Array.fromAsync(paginateScan({ client }, { TableName: deployment.tableName }));
  client.destroy();
  return pages
    .flatMap(({ Items = [] }) => Items.map((item) => JSON.stringify(item)))
    .filter((row) => row.includes(text));
}

test('shows an operator the waiting jobs of an account, and deletes the account completely', async () => {
  const { access } = relay;
  const { accountId } = granted(await createAccount(access, { name: 'Short-lived' }));
  granted(await createEndpoint(access, { accountId, url: 'http://127.0.0.1:9/hook', waive: true }));
  const input = { keyId: `key-${accountId}`, accountId, profile: 'link-peeler' } as const;
  const { key, secret } = await ensurePartnerKey(access, input);
  expect(await pendingReasonOf({ keyId: key.keyId, secret: secret.reveal() })).toBe('no_agent_enrolled');
  const { accounts, deadLetters } = await readStatus(access);
  expect(accounts.find(({ account }) => account.accountId === accountId)).toMatchObject({
    lastHour: { jobs: { queued: 1 } },
    quota: { used: 1 },
    pools: [{ pool: 'default', waiting: { visible: 1, inFlight: 0, delayed: 0 }, agents: { total: 0 } }],
  });
  expect(deadLetters).toEqual({ deliveries: 0, events: 0 });
  expect(await deleteAccount(access, accountId)).toMatchObject({ ok: false, code: 'jobs_open' });
  // No function gets requests of this account, so the wait for caches can be skipped.
  const ports = { ...access, sleep: async () => {} };
  expect(granted(await deleteAccount(ports, accountId, { cancelJobs: true }))).toMatchObject({ queues: 1, secrets: 0 });
  expect(await rowsNaming(accountId)).toEqual([]);
  expect(granted(await reconcileQueues(access))).toMatchObject({ created: [], orphans: [] });
});

test('reports no_agent_online when the stopped agent was not seen for twelve minutes', async () => {
  const { access, demo } = relay;
  await demo.agent.stop();
  expect(await pendingReasonOf()).toBe('next_poll');
  const agent = await access.directory.findKey(demo.agent.agentId);
  if (agent?.kind !== 'agent') throw new Error('The demo has no agent.');
  await access.presence.recordSeen(agent, access.clock() - (TUNING.presenceOnlineSeconds + 1) * 1000);
  expect(await pendingReasonOf()).toBe('no_agent_online');
});
