// Operators' commands on the pools of an account. Each pool has its own job queue.
import type { Pool, Presence } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { refuseInvalidValues } from '../account-form.ts';
import { awaitCacheExpiry, type WaitPorts } from '../await-cache-expiry.ts';
import { changeAccount, findChangeableAccount } from '../find-account.ts';
import { countOpenJobs, type OpenJobsPorts } from '../jobs/open-jobs.ts';
import type { AccountRegister, QueueInventory, Registry } from '../operator-ports.ts';
import { done, type OperatorRefusal, type Outcome, refused } from '../outcome.ts';

export interface AddPoolPorts {
  readonly accounts: AccountRegister;
  readonly registry: Pick<Registry, 'createQueue'>;
}

/**
 * Adds a pool to an account and returns the account. The queue is created before the row names it. For an existing pool,
 * it creates the queue again if that is missing.
 *
 * @param options `first` makes the pool the default.
 */
export async function addPool(
  ports: AddPoolPorts,
  accountId: string,
  pool: string,
  { first = false }: { readonly first?: boolean } = {},
): Promise<Outcome<Account>> {
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok) return found;
  const others = found.value.pools.filter((name) => name !== pool);
  const exists = others.length < found.value.pools.length;
  const [default_ = pool, ...rest] = first ? [pool, ...others] : exists ? found.value.pools : [...others, pool];
  const invalid = refuseInvalidValues({ pools: [default_, ...rest] });
  if (invalid) return invalid;
  await ports.registry.createQueue({ accountId, pool });
  return exists && !first ? found : changeAccount(ports, found.value, { pools: [default_, ...rest] });
}

export interface RemovePoolPorts extends OpenJobsPorts, WaitPorts {
  readonly accounts: AccountRegister;
  readonly presence: Pick<Presence, 'list'>;
  readonly inventory: QueueInventory;
}

/**
 * Removes a pool from an account and returns the account. The row changes first. The queue goes last, when no function
 * sends to it any more. The removal is refused while the pool is the default, or has agents or open jobs. A repeat
 * completes an interrupted removal.
 *
 * @param onWait Gets the seconds to wait until all functions know the new row.
 */
export async function removePool(
  ports: RemovePoolPorts,
  accountId: string,
  pool: string,
  onWait: (seconds: number) => void = () => {},
): Promise<Outcome<Account>> {
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok) return found;
  const account = found.value;
  const isListed = account.pools.includes(pool);
  if (!isListed && !(await ports.inventory.depth({ accountId, pool }))) return refuseUnknownPool(accountId, pool);
  const busy = await refuseBusyPool(ports, account, pool);
  if (busy) return busy;
  const changed = isListed ? await dropPool(ports, account, pool) : found;
  if (!changed.ok) return changed;
  await awaitCacheExpiry(ports, ports.clock(), onWait);
  return (await refuseUsedAgain(ports, { accountId, pool })) ?? removeQueue(ports, changed.value, pool);
}

/** Refuses if the pool was added again during the wait, or if a function with the old row admitted an agent or a job. */
async function refuseUsedAgain(ports: RemovePoolPorts, { accountId, pool }: Pool) {
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok) return found;
  if (found.value.pools.includes(pool))
    return refused('changed_meanwhile', `The pool ${pool} was added again during the removal, so it was not removed.`);
  return refuseBusyPool(ports, found.value, pool);
}

async function refuseBusyPool(ports: RemovePoolPorts, account: Account, pool: string) {
  const { accountId, pools } = account;
  if (pools[0] === pool)
    return refused('pool_in_use', `${pool} is the default pool of ${accountId}. Make another pool the default first.`);
  const presence = await ports.presence.list(accountId);
  const agents = presence.filter((agent) => agent.pool === pool && agent.state !== 'revoked');
  if (agents.length > 0)
    return refused('pool_in_use', `The pool ${pool} has enrolled agents (${agents.length}). Revoke them first.`);
  return refuseOpenJobs(ports, { accountId, pool });
}

async function refuseOpenJobs(ports: RemovePoolPorts, { accountId, pool }: Pool) {
  const open = await countOpenJobs(ports, accountId, pool);
  if (open === 0) return undefined;
  return refused('jobs_open', `The pool ${pool} has open jobs (${open}). Wait for them or cancel them first.`);
}

function dropPool(ports: RemovePoolPorts, account: Account, pool: string): Promise<Outcome<Account>> {
  // The first pool is the default, which cannot be removed.
  const [first, ...others] = account.pools;
  return changeAccount(ports, account, { pools: [first, ...others.filter((name) => name !== pool)] });
}

async function removeQueue(ports: RemovePoolPorts, account: Account, pool: string): Promise<Outcome<Account>> {
  await ports.inventory.remove({ accountId: account.accountId, pool });
  return done(account);
}

/** The refusal for a pool that the account does not have. */
export function refuseUnknownPool(accountId: string, pool: string): OperatorRefusal {
  return refused('pool_unknown', `The account ${accountId} has no pool ${pool}. Show the account to see its pools.`);
}
