// The job queues as they are, against what the accounts' rows say they should be.

import { sendMany } from '../../admission/send-many.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import type { Directory, JobQueues, Pool } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { findLasting } from '../find-account.ts';
import { findOpenJobs, type OpenJobsPorts } from '../jobs/open-jobs.ts';
import type { AccountRegister, QueueInventory, Registry } from '../operator-ports.ts';
import { done, type Outcome } from '../outcome.ts';

export interface ReconcilePorts extends OpenJobsPorts {
  readonly accounts: AccountRegister;
  readonly directory: Pick<Directory, 'listAccounts'>;
  readonly registry: Pick<Registry, 'createQueue'>;
  readonly inventory: Pick<QueueInventory, 'list' | 'depth'>;
  readonly queues: JobQueues;
}

/** A pool whose queue had lost what was in it, and how many of its open jobs were sent again. */
export interface Refilled extends Pool {
  readonly resent: number;
  /** The queue did not take them: run it again. */
  readonly unsent: number;
}

export interface Reconciliation {
  /** Whose queue was missing. */
  readonly created: readonly Refilled[];
  /** Whose queue was there and empty, while jobs were open: one that a killed run had made. */
  readonly refilled: readonly Refilled[];
  /** Names of queues that no account has. They are left alone: a crash may have cut off what they belong to. */
  readonly orphans: readonly string[];
}

/** Makes every queue that is missing, and sends the open jobs of its pool again. */
export async function reconcileQueues(
  ports: ReconcilePorts,
  { accountId }: { readonly accountId?: string | undefined } = {},
): Promise<Outcome<Reconciliation>> {
  const one = accountId === undefined ? undefined : await findLasting(ports, accountId);
  if (one && !one.ok) return one;
  // Before the accounts are read: a queue is made before its account's row.
  const listed = await Array.fromAsync(ports.inventory.list(accountId));
  const accounts = one ? [one.value] : await ports.directory.listAccounts();
  const wanted = accounts.filter(({ state }) => state !== 'deleting').flatMap(poolsOf);
  const there = new Set(listed.map(toName));
  const missing = wanted.filter((pool) => !there.has(toName(pool)));
  const current = wanted.filter((pool) => there.has(toName(pool)));
  const created = await mapConcurrently(missing, 1, (pool) => remake(ports, pool));
  const refilled = await mapConcurrently(current, DEPTHS_AT_ONCE, (pool) => refillIfEmpty(ports, pool));
  const owned = new Set(accounts.flatMap(ownedBy(listed)).map(toName));
  const orphans = listed.filter((queue) => !owned.has(toName(queue))).map(({ name }) => name);
  return done({ created, refilled: refilled.flat(), orphans });
}

const DEPTHS_AT_ONCE = 5;

const toName = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;

function poolsOf({ accountId, pools }: Account): readonly Pool[] {
  return pools.map((pool) => ({ accountId, pool }));
}

/** All queues of an account that is being deleted are still its own. */
function ownedBy(listed: readonly Pool[]): (account: Account) => readonly Pool[] {
  return (account) =>
    account.state === 'deleting' ? listed.filter(({ accountId }) => accountId === account.accountId) : poolsOf(account);
}

async function remake(ports: ReconcilePorts, pool: Pool): Promise<Refilled> {
  await ports.registry.createQueue(pool);
  return refill(ports, pool);
}

async function refillIfEmpty(ports: ReconcilePorts, pool: Pool): Promise<readonly Refilled[]> {
  const depth = await ports.inventory.depth(pool);
  if (depth && depth.visible + depth.inFlight > 0) return [];
  const refilled = await refill(ports, pool);
  return refilled.resent + refilled.unsent > 0 ? [refilled] : [];
}

async function refill(ports: ReconcilePorts, { accountId, pool }: Pool): Promise<Refilled> {
  const jobs = await Array.fromAsync(findOpenJobs(ports, accountId, pool));
  const unsent = (await sendMany(ports.queues, jobs)).size;
  return { accountId, pool, resent: jobs.length - unsent, unsent };
}
