// A start recovers what the last run left, and starts even when it cannot.
import { expect, test } from 'vitest';
import type { OperatorAccess } from '../../lib/aws/deployment/operator-access.ts';
import { collectFunctionEvents } from '../../lib/local/function-events.ts';
import { describeRecovery, recoverDeliveries, recoverJobs } from '../../lib/local/recover.ts';
import { deriveEvent, deriveQuotaWarning } from '../../lib/relay/delivery/derive-event.ts';
import type { Delivery, Job, QuotaWarning } from '../../lib/relay/model/records.ts';
import { createInMemoryDeliveryLog } from '../support/in-memory/stores.ts';
import { HOUR, NOW, sampleEndpoint, sampleJob, sampleResult, sampleWarning } from '../support/relay/samples.ts';

const RUN = { startedAt: NOW, events: collectFunctionEvents() };
const AGENT = { agentId: 'agt_1', resumedJobIds: [], startedAt: 1_800_000_000_000 };
const ACCOUNT = { accountId: 'acc', pools: ['default', 'slow'] };

async function* none() {}

// biome-ignore lint/correctness/useYield: it fails before the first
async function* broken(): AsyncIterable<never> {
  throw new Error('the table is away');
}

/** Returns access to a relay with one account and nothing open. */
function accessWith(parts: object): OperatorAccess {
  const access = {
    clock: () => 1_800_000_000_000,
    directory: { listAccounts: async () => [ACCOUNT], listEndpoints: async () => [] },
    registry: { createQueue: async () => {} },
    due: { findDue: none },
    history: { listCreatedSince: none },
    quota: { findWarning: async () => undefined },
    ...parts,
  };
  return access as unknown as OperatorAccess;
}

test('creates the queue of every pool, also when one of them fails', async () => {
  const made: string[] = [];
  const createQueue = async ({ pool }: { readonly pool: string }) => {
    made.push(pool);
    if (pool === 'default') throw new Error('no room');
  };
  const recovery = await recoverJobs(accessWith({ registry: { createQueue } }), AGENT);
  expect(made).toEqual(['default', 'slow']);
  expect(recovery).toEqual({ sent: 0, failures: ['Error: no room'] });
});

test('reports failures as text, and does not throw', async () => {
  const listAccounts = () => Promise.reject(new Error('nobody home'));
  const access = accessWith({ directory: { listAccounts }, due: { findDue: broken } });
  const away = 'Error: the table is away';
  expect((await recoverJobs(access, AGENT)).failures).toEqual(['Error: nobody home', away, away]);
  expect((await recoverDeliveries(access, RUN)).failures).toEqual(['Error: nobody home']);
});

/** Returns the events that are sent again for jobs without a delivery, when this run has published some of them. */
async function resent(
  jobs: readonly Job[],
  published: readonly Job[] = [],
  warning?: QuotaWarning,
): Promise<readonly string[]> {
  const sent: Delivery[] = [];
  const events = collectFunctionEvents();
  for (const job of published)
    events.read(JSON.stringify({ message: 'event.published', eventId: deriveEvent(job)?.id }));
  const access = accessWith({
    directory: { listAccounts: async () => [ACCOUNT], listEndpoints: async () => [sampleEndpoint()] },
    clock: () => NOW + HOUR,
    history: { listCreatedSince: () => jobs },
    quota: { findWarning: async (_: string, month: string) => (warning?.month === month ? warning : undefined) },
    log: createInMemoryDeliveryLog(),
    deliveries: { send: async (delivery: Delivery) => void sent.push(delivery) },
  });
  const recovery = await recoverDeliveries(access, { startedAt: NOW + HOUR, events });
  expect(recovery).toEqual({ sent: sent.length, failures: [] });
  return sent.map(({ eventId }) => eventId);
}

const endedAt = (updatedAt: number) => sampleJob({ state: 'completed', result: sampleResult(), updatedAt });

test('sends again what ended before this run, and nothing that ended since', async () => {
  const before = endedAt(NOW + HOUR - 1);
  const since = [endedAt(NOW + HOUR), endedAt(NOW + 2 * HOUR)];
  expect(await resent([before, ...since])).toEqual([deriveEvent(before)?.id]);
});

test('does not send again what this run has published, even when it ended in the last run', async () => {
  const [published, other] = [endedAt(NOW + 1), endedAt(NOW + 1)];
  expect(await resent([published, other], [published])).toEqual([deriveEvent(other)?.id]);
});

test('sends the month’s quota warning again if it is from before this run', async () => {
  const before = sampleWarning({ warnedAt: NOW + HOUR - 1 });
  expect(await resent([], [], before)).toEqual([deriveQuotaWarning(before).id]);
  expect(await resent([], [], { ...before, warnedAt: NOW + HOUR })).toEqual([]);
  expect(await resent([], [], { ...before, month: '2026-10' })).toEqual([]);
});

test('reports what was recovered and what was not', () => {
  expect(describeRecovery('jobs', { sent: 0, failures: [] })).toEqual([]);
  expect(describeRecovery('jobs', { sent: 2, failures: ['Error: no', 'Error: no'] })).toEqual([
    'Recovered from the last run: 2 jobs.',
    'Of the jobs, 2 could not be recovered. The next start retries them (Error: no).',
  ]);
  const one = { sent: 1, failures: [] };
  expect(describeRecovery('jobs', one)).toEqual(['Recovered from the last run: 1 job.']);
  expect(describeRecovery('deliveries', one)).toEqual(['Recovered from the last run: 1 delivery.']);
});
