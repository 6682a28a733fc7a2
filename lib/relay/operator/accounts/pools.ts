// The pools of an account, each with a queue of its own.
import type { Pool, Presence } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { refuseBadWords } from '../account-form.ts';
import { awaitCacheExpiry, type Waiting } from '../await-cache-expiry.ts';
import { changeAccount, findLasting } from '../find-account.ts';
import { countOpenJobs, type OpenJobsPorts } from '../jobs/open-jobs.ts';
import type { AccountRegister, QueueInventory, Registry } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface AddPoolPorts {
  readonly accounts: AccountRegister;
  readonly registry: Pick<Registry, 'createQueue'>;
}

/** Queue first. One that is there gets its queue again if that is missing; `first` makes it the default. */
export async function addPool(
  ports: AddPoolPorts,
  accountId: string,
  pool: string,
  { first = false }: { readonly first?: boolean } = {},
): Promise<Outcome<Account>> {
  const found = await findLasting(ports, accountId);
  if (!found.ok) return found;
  const others = found.value.pools.filter((one) => one !== pool);
  const isThere = others.length < found.value.pools.length;
  const [default_ = pool, ...rest] = first ? [pool, ...others] : isThere ? found.value.pools : [...others, pool];
  const bad = refuseBadWords({ pools: [default_, ...rest] });
  if (bad) return bad;
  await ports.registry.createQueue({ accountId, pool });
  return isThere && !first ? found : changeAccount(ports, found.value, { pools: [default_, ...rest] });
}

export interface RemovePoolPorts extends OpenJobsPorts, Waiting {
  readonly accounts: AccountRegister;
  readonly presence: Pick<Presence, 'list'>;
  readonly inventory: QueueInventory;
}

/**
 * The row first, the queue last, when no function sends to it any more. Refused while anything is left to be done in
 * the pool. What a crash cut off is finished by a repeat.
 */
export async function removePool(
  ports: RemovePoolPorts,
  accountId: string,
  pool: string,
  onWait: (seconds: number) => void = () => {},
): Promise<Outcome<Account>> {
  const found = await findLasting(ports, accountId);
  if (!found.ok) return found;
  const account = found.value;
  const isListed = account.pools.includes(pool);
  if (!isListed && !(await ports.inventory.depth({ accountId, pool })))
    return refused('pool_unknown', `The account ${accountId} has no pool ${pool}.`);
  const busy = await refuseBusyPool(ports, account, pool);
  if (busy) return busy;
  const changed = isListed ? await dropPool(ports, account, pool) : found;
  if (!changed.ok) return changed;
  await awaitCacheExpiry(ports, ports.clock(), onWait);
  return (await refuseUsedAgain(ports, { accountId, pool })) ?? removeQueue(ports, changed.value, pool);
}

/** Meanwhile somebody may have added the pool again, and a function that knew the old row let an agent or a job in. */
async function refuseUsedAgain(ports: RemovePoolPorts, { accountId, pool }: Pool) {
  const found = await findLasting(ports, accountId);
  if (!found.ok) return found;
  if (found.value.pools.includes(pool))
    return refused('changed_meanwhile', `The pool ${pool} was added again meanwhile: it stays, with its queue.`);
  return refuseBusyPool(ports, found.value, pool);
}

async function refuseBusyPool(ports: RemovePoolPorts, account: Account, pool: string) {
  const { accountId, pools } = account;
  if (pools[0] === pool)
    return refused('pool_in_use', `${pool} is the default pool of ${accountId}: make another one the default first.`);
  const agents = (await ports.presence.list(accountId)).filter((one) => one.pool === pool && one.state !== 'revoked');
  if (agents.length > 0)
    return refused('pool_in_use', `${agents.length} agents are enrolled in the pool ${pool}: revoke them first.`);
  return refuseOpenJobs(ports, { accountId, pool });
}

async function refuseOpenJobs(ports: RemovePoolPorts, { accountId, pool }: Pool) {
  const open = await countOpenJobs(ports, accountId, pool);
  if (open === 0) return undefined;
  return refused('jobs_open', `${open} jobs of the pool ${pool} have not ended: wait for them, or cancel them.`);
}

function dropPool(ports: RemovePoolPorts, account: Account, pool: string): Promise<Outcome<Account>> {
  // The first one stays: it is the default, which is not dropped.
  const [first, ...others] = account.pools;
  return changeAccount(ports, account, { pools: [first, ...others.filter((one) => one !== pool)] });
}

async function removeQueue(ports: RemovePoolPorts, account: Account, pool: string): Promise<Outcome<Account>> {
  await ports.inventory.remove({ accountId: account.accountId, pool });
  return done(account);
}
