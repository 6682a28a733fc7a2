// Reconciles job queues: compares the existing queues with the pools that accounts' rows name, and repairs the difference.

import { sendMany } from '../../admission/send-many.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import type { Directory, JobQueues, Pool } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { findChangeableAccount } from '../find-account.ts';
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

/** A pool whose queue had lost its messages. */
export interface RefilledPool extends Pool {
  /** The number of open jobs that were sent again. */
  readonly resent: number;
  /** The number of open jobs that the queue did not accept. Run the command again to send them. */
  readonly unsent: number;
}

export interface Reconciliation {
  /** Pools whose queue was missing and was created. */
  readonly created: readonly RefilledPool[];
  /** Pools whose queue was empty although jobs were open, such as a queue from an interrupted run. */
  readonly refilled: readonly RefilledPool[];
  /** Names of queues that no account has. They stay, because an interrupted creation of an account may own them. */
  readonly orphans: readonly string[];
}

/**
 * Creates each missing queue, sends the open jobs of new and of empty queues again, and returns what it did. It handles
 * one account, or all accounts but those that are being deleted.
 */
export async function reconcileQueues(
  ports: ReconcilePorts,
  { accountId }: { readonly accountId?: string | undefined } = {},
): Promise<Outcome<Reconciliation>> {
  const named = accountId === undefined ? undefined : await findChangeableAccount(ports, accountId);
  if (named && !named.ok) return named;
  // Queues are listed before accounts, because a queue is created before the row of its account.
  const listed = await Array.fromAsync(ports.inventory.list(accountId));
  const accounts = named ? [named.value] : await ports.directory.listAccounts();
  const expected = accounts.filter(({ state }) => state !== 'deleting').flatMap(poolsOf);
  const listedNames = new Set(listed.map(toName));
  const missing = expected.filter((pool) => !listedNames.has(toName(pool)));
  const existing = expected.filter((pool) => listedNames.has(toName(pool)));
  const created = await mapConcurrently(missing, 1, (pool) => createQueue(ports, pool));
  const refilled = await mapConcurrently(existing, DEPTHS_AT_ONCE, (pool) => refillIfEmpty(ports, pool));
  const owned = new Set(accounts.flatMap(ownedBy(listed)).map(toName));
  const orphans = listed.filter((queue) => !owned.has(toName(queue))).map(({ name }) => name);
  return done({ created, refilled: refilled.flat(), orphans });
}

const DEPTHS_AT_ONCE = 5;

const toName = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;

function poolsOf({ accountId, pools }: Account): readonly Pool[] {
  return pools.map((pool) => ({ accountId, pool }));
}

/** Returns a function from an account to its pools. An account that is being deleted owns all queues under its id. */
function ownedBy(listed: readonly Pool[]): (account: Account) => readonly Pool[] {
  return (account) =>
    account.state === 'deleting' ? listed.filter(({ accountId }) => accountId === account.accountId) : poolsOf(account);
}

async function createQueue(ports: ReconcilePorts, pool: Pool): Promise<RefilledPool> {
  await ports.registry.createQueue(pool);
  return refill(ports, pool);
}

async function refillIfEmpty(ports: ReconcilePorts, pool: Pool): Promise<readonly RefilledPool[]> {
  const depth = await ports.inventory.depth(pool);
  if (depth && depth.visible + depth.inFlight > 0) return [];
  const refilled = await refill(ports, pool);
  return refilled.resent + refilled.unsent > 0 ? [refilled] : [];
}

async function refill(ports: ReconcilePorts, { accountId, pool }: Pool): Promise<RefilledPool> {
  const jobs = await Array.fromAsync(findOpenJobs(ports, accountId, pool));
  const unsent = (await sendMany(ports.queues, jobs)).size;
  return { accountId, pool, resent: jobs.length - unsent, unsent };
}
