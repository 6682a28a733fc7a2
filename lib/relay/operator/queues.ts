// The job queues as they are, against what the accounts' rows say they should be.
import { mapFewAtOnce } from '../few-at-once.ts';
import type { AccountRegister, Directory, JobQueues, Pool, QueueInventory, Registry } from '../ports.ts';
import type { Account } from '../records.ts';
import { sendMany } from '../send-many.ts';
import { findLasting } from './find-account.ts';
import { findOpenJobs, type OpenJobsPorts } from './open-jobs.ts';
import { done, type Outcome } from './outcome.ts';

export interface ReconcilePorts extends OpenJobsPorts {
  readonly accounts: AccountRegister;
  readonly directory: Pick<Directory, 'listAccounts'>;
  readonly registry: Pick<Registry, 'createQueue'>;
  readonly inventory: Pick<QueueInventory, 'list'>;
  readonly queues: JobQueues;
}

export interface Reconciliation {
  /** What was missing, and how many open jobs were sent to it again. */
  readonly created: readonly (Pool & { readonly resent: number; readonly unsent: number })[];
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
  const there = new Set(listed.map(toName));
  const missing = accounts
    .filter(({ state }) => state !== 'deleting')
    .flatMap(poolsOf)
    .filter((pool) => !there.has(toName(pool)));
  const created = await mapFewAtOnce(missing, 1, (pool) => remake(ports, pool));
  const wanted = new Set(accounts.flatMap(ownedBy(listed)).map(toName));
  return done({ created, orphans: listed.filter((queue) => !wanted.has(toName(queue))).map(({ name }) => name) });
}

const toName = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;

function poolsOf({ accountId, pools }: Account): readonly Pool[] {
  return pools.map((pool) => ({ accountId, pool }));
}

/** All queues of an account that is being deleted are still its own. */
function ownedBy(listed: readonly Pool[]): (account: Account) => readonly Pool[] {
  return (account) =>
    account.state === 'deleting' ? listed.filter(({ accountId }) => accountId === account.accountId) : poolsOf(account);
}

async function remake(ports: ReconcilePorts, pool: Pool): Promise<Reconciliation['created'][number]> {
  await ports.registry.createQueue(pool);
  const jobs = await Array.fromAsync(findOpenJobs(ports, pool.accountId, pool.pool));
  const unsent = (await sendMany(ports.queues, jobs)).size;
  return { ...pool, resent: jobs.length - unsent, unsent };
}
