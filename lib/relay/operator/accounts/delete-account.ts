// Deletes an account and everything that belongs to it. Run it again after a crash.
import { type CancelPorts, cancelJob } from '../../jobs/cancel-job.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import { DependencyUnavailable, type ImportedSecretStore, type JobStore, type Pool } from '../../model/ports.ts';
import type { Account, Endpoint, Job, PartnerKey } from '../../model/records.ts';
import { awaitCacheExpiry, type WaitPorts } from '../await-cache-expiry.ts';
import { changeAccount, findAccount } from '../find-account.ts';
import { findOpenJobs, type OpenJobsPorts } from '../jobs/open-jobs.ts';
import type { AccountRegister, EndpointRegister, KeyRegister, QueueInventory, TenantRows } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface DeletionPorts extends OpenJobsPorts, WaitPorts, CancelPorts {
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly keys: Pick<KeyRegister, 'list'>;
  readonly jobs: JobStore;
  readonly inventory: QueueInventory;
  readonly importedSecrets: Pick<ImportedSecretStore, 'list' | 'read' | 'remove'>;
  readonly rows: TenantRows;
}

export interface DeletionOptions {
  /** Cancels the account's open jobs. Otherwise the deletion is refused while there are open jobs. */
  readonly cancelJobs?: boolean | undefined;
  readonly onProgress?: ((progress: DeletionProgress) => void) | undefined;
}

export type DeletionProgress =
  | { readonly step: 'waiting'; readonly seconds: number }
  | { readonly step: 'canceling'; readonly jobs: number }
  /** `removed` counts the queues, secrets or rows that are removed so far. */
  | { readonly step: 'queues' | 'secrets' | 'rows'; readonly removed: number };

/** What this run removed. An earlier run that was interrupted may have removed more. */
export interface Removed {
  readonly rows: number;
  readonly queues: number;
  readonly secrets: number;
}

/**
 * Deletes an account and returns what was removed. It marks the account as deleting, waits until all functions refuse its
 * requests, cancels open jobs, and removes the account's queues, secrets and rows; the account's own row goes last. From
 * the mark on, every other command on the account is refused. Endpoints are removed first, so that no delivery is logged
 * after its row was removed.
 *
 * @throws DependencyUnavailable if a service fails. Run the deletion again to finish it.
 */
export async function deleteAccount(
  ports: DeletionPorts,
  accountId: string,
  { cancelJobs = false, onProgress = () => {} }: DeletionOptions = {},
): Promise<Outcome<Removed>> {
  const found = await findAccount(ports, accountId);
  if (!found.ok) return found;
  const before = await findOpen(ports, accountId);
  if (before.length > 0 && !cancelJobs) return refuseOpenJobs(accountId, before.length);
  const closed = await closeAccount(ports, found.value, before.length);
  if (!closed.ok) return closed;
  await awaitCacheExpiry(ports, closed.value.quietSince, (seconds) => onProgress({ step: 'waiting', seconds }));
  const open = await findOpen(ports, accountId);
  if (open.length > 0 && !cancelJobs) return refuseLateJobs(accountId, open.length);
  if (open.length > 0) onProgress({ step: 'canceling', jobs: open.length });
  await mapConcurrently(open, 10, (job) => cancelOpenJob(ports, job));
  return done(await removeAll(ports, closed.value.account, onProgress));
}

const findOpen = (ports: DeletionPorts, accountId: string) => Array.fromAsync(findOpenJobs(ports, accountId));

function refuseOpenJobs(accountId: string, count: number): Outcome<never> {
  const advice = 'Suspend the account and wait for them, or cancel them with the deletion.';
  return refused('jobs_open', `${describeOpenJobs(accountId, count)}. ${advice}`);
}

/** Refuses because of jobs that were admitted by a function with an old row. No agent can work on them any more. */
function refuseLateJobs(accountId: string, count: number): Outcome<never> {
  const advice = 'No agent can finish them. Cancel them with the deletion.';
  return refused('jobs_open', `${describeOpenJobs(accountId, count)}. ${advice}`);
}

function describeOpenJobs(accountId: string, count: number): string {
  return `The account ${accountId} has ${count} open ${count === 1 ? 'job' : 'jobs'}`;
}

/**
 * Marks the account as deleting and removes its endpoints. `quietSince` is the time of the last change that functions must
 * learn of. If there were no endpoints, an earlier mark counts, and so does an earlier suspension without open jobs.
 */
async function closeAccount(ports: DeletionPorts, account: Account, openJobs: number): Promise<Outcome<Closed>> {
  const { accountId, state, stateSince = ports.clock() } = account;
  const endpoints = await ports.endpoints.list(accountId);
  const isQuiet = endpoints.length === 0 && (state === 'deleting' || (state === 'suspended' && openJobs === 0));
  // If an interrupted run left endpoints, the mark is written again, because the wait counts from their removal.
  const closed = state === 'deleting' && isQuiet ? done(account) : await markDeleting(ports, account);
  if (!closed.ok) return closed;
  const remaining = await ports.endpoints.list(accountId);
  for (const endpoint of remaining) await removeEndpoint(ports, endpoint);
  return done({ account: closed.value, quietSince: isQuiet && remaining.length === 0 ? stateSince : ports.clock() });
}

interface Closed {
  readonly account: Account;
  readonly quietSince: number;
}

function markDeleting(ports: DeletionPorts, account: Account): Promise<Outcome<Account>> {
  return changeAccount(ports, account, { state: 'deleting', stateSince: ports.clock() });
}

/** Removes an endpoint. Its imported secrets go first, because only the row names them. */
async function removeEndpoint({ endpoints, importedSecrets }: DeletionPorts, endpoint: Endpoint): Promise<void> {
  for (const name of importedBy([endpoint])) await importedSecrets.remove(name);
  await endpoints.remove(endpoint.accountId, endpoint.endpointId);
}

function importedBy(owners: readonly (PartnerKey | Endpoint)[]): readonly string[] {
  const versions = owners.flatMap((owner) => ('versions' in owner ? owner.versions : []));
  return versions.flatMap((version) => ('imported' in version ? version.imported : []));
}

async function cancelOpenJob(ports: DeletionPorts, job: Job): Promise<void> {
  const ended = await cancelJob(ports, job, { reason: 'account_deleted', nowMs: ports.clock() });
  if (ended.kind === 'keeps_changing')
    throw new DependencyUnavailable('the job', { cause: new Error(`${job.jobId} keeps changing`) });
}

/** Removes queues, secrets and rows. Secrets go before the rows that name them. */
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
  // The other two rows are the account's own and its entry in the list of accounts.
  return { rows: rows + 2, queues: queues.length, secrets: secrets.length };
}

/** Returns the account's queues. The list can lag, so the queues that the account's row names are also looked up by name. */
async function findQueues({ inventory }: DeletionPorts, { accountId, pools }: Account): Promise<readonly Pool[]> {
  const listed = await Array.fromAsync(inventory.list(accountId));
  const unlisted = pools.filter((pool) => !listed.some((queue) => queue.pool === pool));
  const depths = await Promise.all(unlisted.map((pool) => inventory.depth({ accountId, pool })));
  return [...listed, ...unlisted.filter((_, index) => depths[index]).map((pool) => ({ accountId, pool }))];
}

/** Returns the names of the account's imported secrets. The list can lag, so secrets of its keys are also looked up by name. */
async function findSecrets({ importedSecrets, keys }: DeletionPorts, accountId: string): Promise<readonly string[]> {
  const listed = await importedSecrets.list(accountId);
  const unlisted = importedBy(await keys.list(accountId)).filter((name) => !listed.includes(name));
  const found = await Promise.all(unlisted.map((name) => importedSecrets.read(name)));
  return [...listed, ...unlisted.filter((_, index) => found[index])];
}
