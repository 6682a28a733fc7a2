// A start takes up what the last run left, and starts even when it cannot.
import { expect, test } from 'vitest';
import type { OperatorAccess } from '../../lib/local/operator-access.ts';
import { describeRecovery, recoverDeliveries, recoverJobs } from '../../lib/local/recover.ts';

const AGENT = { agentId: 'agt_1', keptJobIds: [], startedAt: 1_800_000_000_000 };
const ACCOUNT = { accountId: 'acc', pools: ['default', 'slow'] };

async function* none() {}

// biome-ignore lint/correctness/useYield: it fails before the first
async function* broken(): AsyncIterable<never> {
  throw new Error('the table is away');
}

/** Access to a relay with one account and nothing open. */
function accessWith(parts: object): OperatorAccess {
  const access = {
    clock: () => 1_800_000_000_000,
    directory: { listAccounts: async () => [ACCOUNT], listEndpoints: async () => [] },
    registry: { createQueue: async () => {} },
    due: { findDue: none },
    history: { listCreatedSince: none },
    ...parts,
  };
  return access as unknown as OperatorAccess;
}

test('makes every pool’s queue again, also when one of them fails', async () => {
  const made: string[] = [];
  const createQueue = async ({ pool }: { readonly pool: string }) => {
    made.push(pool);
    if (pool === 'default') throw new Error('no room');
  };
  const recovery = await recoverJobs(accessWith({ registry: { createQueue } }), AGENT);
  expect(made).toEqual(['default', 'slow']);
  expect(recovery).toEqual({ sent: 0, failures: ['Error: no room'] });
});

test('fails in words, whatever fails', async () => {
  const listAccounts = () => Promise.reject(new Error('nobody home'));
  const access = accessWith({ directory: { listAccounts }, due: { findDue: broken } });
  const away = 'Error: the table is away';
  expect((await recoverJobs(access, AGENT)).failures).toEqual(['Error: nobody home', away, away]);
  expect((await recoverDeliveries(access)).failures).toEqual(['Error: nobody home']);
});

test('says what was taken up again and what was not', () => {
  expect(describeRecovery('jobs', { sent: 0, failures: [] })).toEqual([]);
  expect(describeRecovery('jobs', { sent: 2, failures: ['Error: no', 'Error: no'] })).toEqual([
    'Taken up again from the last run: 2 jobs.',
    'Of the jobs, 2 could not be taken up again; the next start tries once more (Error: no).',
  ]);
});
