// Deleting an account, so that nothing of it is left and nothing of another is touched. To be run again after a crash.
import { type CancelPorts, cancelJob } from '../../jobs/cancel-job.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import { DependencyUnavailable, type ImportedSecretStore, type JobStore, type Pool } from '../../model/ports.ts';
import type { Account, Endpoint, Job, PartnerKey } from '../../model/records.ts';
import { awaitCacheExpiry, type Waiting } from '../await-cache-expiry.ts';
import { changeAccount, findAccount } from '../find-account.ts';
import { findOpenJobs, type OpenJobsPorts } from '../jobs/open-jobs.ts';
import type { AccountRegister, EndpointRegister, KeyRegister, QueueInventory, TenantRows } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface DeletionPorts extends OpenJobsPorts, Waiting, CancelPorts {
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly keys: Pick<KeyRegister, 'list'>;
  readonly jobs: JobStore;
  readonly inventory: QueueInventory;
  readonly importedSecrets: Pick<ImportedSecretStore, 'list' | 'read' | 'remove'>;
  readonly rows: TenantRows;
}

export interface DeletionOptions {
  /** End what is open. Else open jobs refuse the deletion. */
  readonly cancelJobs?: boolean | undefined;
  readonly onProgress?: ((progress: DeletionProgress) => void) | undefined;
}

export type DeletionProgress =
  | { readonly step: 'waiting'; readonly seconds: number }
  | { readonly step: 'canceling'; readonly jobs: number }
  /** So many are removed by now. */
  | { readonly step: 'queues' | 'secrets' | 'rows'; readonly removed: number };

export interface Removed {
  /** Of this run: an earlier one that was cut off has taken others. */
  readonly rows: number;
  readonly queues: number;
  readonly secrets: number;
}

/**
 * Shuts everybody out, waits until that is so, ends what is open, and removes whatever is the account's; its own row at
 * the end. Once it has begun nothing goes on with the account but this. Its endpoints go first, so no delivery is
 * logged behind the rows that are removed.
 */
export async function deleteAccount(
  ports: DeletionPorts,
  accountId: string,
  { cancelJobs = false, onProgress = () => {} }: DeletionOptions = {},
): Promise<Outcome<Removed>> {
  const found = await findAccount(ports, accountId);
  if (!found.ok) return found;
  const before = await findOpen(ports, accountId);
  if (before.length > 0 && !cancelJobs) return refuseOpen(accountId, before.length);
  const closed = await close(ports, found.value, before.length);
  if (!closed.ok) return closed;
  await awaitCacheExpiry(ports, closed.value.quietSince, (seconds) => onProgress({ step: 'waiting', seconds }));
  const open = await findOpen(ports, accountId);
  if (open.length > 0 && !cancelJobs) return refuseLate(accountId, open.length);
  if (open.length > 0) onProgress({ step: 'canceling', jobs: open.length });
  await mapConcurrently(open, 10, (job) => cancelOpen(ports, job));
  return done(await removeAll(ports, closed.value.account, onProgress));
}

const findOpen = (ports: DeletionPorts, accountId: string) => Array.fromAsync(findOpenJobs(ports, accountId));

function refuseOpen(accountId: string, count: number): Outcome<never> {
  return refused('jobs_open', `${say(accountId, count)}: suspend it and wait for them, or delete it with its jobs.`);
}

/** They were let in before everybody knew, and nobody works on them any more. */
function refuseLate(accountId: string, count: number): Outcome<never> {
  return refused('jobs_open', `${say(accountId, count)}, and nobody works for it any more: delete it with its jobs.`);
}

function say(accountId: string, count: number): string {
  return `${count} ${count === 1 ? 'job' : 'jobs'} of the account ${accountId} have not ended`;
}

/**
 * Nobody is let in from now on. `quietSince`: from when on no function was told anything else. Where nothing was open or
 * could be sent, a suspension that long ago is as good, and so is the mark of an earlier run.
 */
async function close(ports: DeletionPorts, account: Account, openJobs: number): Promise<Outcome<Closed>> {
  const { accountId, state, stateSince = ports.clock() } = account;
  const endpoints = await ports.endpoints.list(accountId);
  const isQuiet = endpoints.length === 0 && (state === 'deleting' || (state === 'suspended' && openJobs === 0));
  // Written also for endpoints that a killed run has left: the next one must not count from before they went.
  const closed = state === 'deleting' && isQuiet ? done(account) : await markDeleting(ports, account);
  if (!closed.ok) return closed;
  const left = await ports.endpoints.list(accountId);
  for (const endpoint of left) await removeEndpoint(ports, endpoint);
  return done({ account: closed.value, quietSince: isQuiet && left.length === 0 ? stateSince : ports.clock() });
}

interface Closed {
  readonly account: Account;
  readonly quietSince: number;
}

function markDeleting(ports: DeletionPorts, account: Account): Promise<Outcome<Account>> {
  return changeAccount(ports, account, { state: 'deleting', stateSince: ports.clock() });
}

/** A secret of its own goes before the row that names it. */
async function removeEndpoint({ endpoints, importedSecrets }: DeletionPorts, endpoint: Endpoint): Promise<void> {
  for (const name of importedBy([endpoint])) await importedSecrets.remove(name);
  await endpoints.remove(endpoint.accountId, endpoint.endpointId);
}

function importedBy(owners: readonly (PartnerKey | Endpoint)[]): readonly string[] {
  const versions = owners.flatMap((owner) => ('versions' in owner ? owner.versions : []));
  return versions.flatMap((version) => ('imported' in version ? version.imported : []));
}

async function cancelOpen(ports: DeletionPorts, job: Job): Promise<void> {
  const ended = await cancelJob(ports, job, { reason: 'account_deleted', nowMs: ports.clock() });
  if (ended.kind === 'keeps_changing')
    throw new DependencyUnavailable('the job', { cause: new Error(`${job.jobId} keeps changing`) });
}

/** Secrets before the rows that say whose they are. */
async function removeAll(
  ports: DeletionPorts,
  account: Account,
  onProgress: (progress: DeletionProgress) => void,
): Promise<Removed> {
  const { accountId } = account;
  const queues = await findQueues(ports, account);
  for (const [index, queue] of queues.entries()) {
    await ports.inventory.remove(queue);
    onProgress({ step: 'queues', removed: index + 1 });
  }
  const secrets = await findSecrets(ports, accountId);
  for (const [index, name] of secrets.entries()) {
    await ports.importedSecrets.remove(name);
    onProgress({ step: 'secrets', removed: index + 1 });
  }
  let rows = 0;
  for await (const removed of ports.rows.removeAll(accountId)) {
    rows = removed;
    onProgress({ step: 'rows', removed });
  }
  await ports.rows.removeAccount(accountId);
  // With the account's own, and its place in the list of accounts.
  return { rows: rows + 2, queues: queues.length, secrets: secrets.length };
}

/** A list may be late. What the rows name is looked for by itself. */
async function findQueues({ inventory }: DeletionPorts, { accountId, pools }: Account): Promise<readonly Pool[]> {
  const listed = await Array.fromAsync(inventory.list(accountId));
  const unlisted = pools.filter((pool) => !listed.some((queue) => queue.pool === pool));
  const depths = await Promise.all(unlisted.map((pool) => inventory.depth({ accountId, pool })));
  return [...listed, ...unlisted.filter((_, index) => depths[index]).map((pool) => ({ accountId, pool }))];
}

async function findSecrets({ importedSecrets, keys }: DeletionPorts, accountId: string): Promise<readonly string[]> {
  const listed = await importedSecrets.list(accountId);
  const unlisted = importedBy(await keys.list(accountId)).filter((name) => !listed.includes(name));
  const found = await Promise.all(unlisted.map((name) => importedSecrets.read(name)));
  return [...listed, ...unlisted.filter((_, index) => found[index])];
}
