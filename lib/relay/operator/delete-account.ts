// Deleting an account, so that nothing of it is left and nothing of another is touched. To be run again after a crash.
import { type CancelPorts, cancelJob } from '../cancel-job.ts';
import { mapFewAtOnce } from '../few-at-once.ts';
import {
  type AccountRegister,
  DependencyUnavailable,
  type EndpointRegister,
  type ImportedSecretStore,
  type JobStore,
  type QueueInventory,
  type TenantRows,
} from '../ports.ts';
import type { Account, Job } from '../records.ts';
import { changeAccount, findAccount } from './find-account.ts';
import { findOpenJobs, type OpenJobsPorts } from './open-jobs.ts';
import { done, type Outcome, refused } from './outcome.ts';
import { settle, type Waiting } from './settle.ts';

export interface DeletionPorts extends OpenJobsPorts, Waiting, CancelPorts {
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly jobs: JobStore;
  readonly inventory: QueueInventory;
  readonly importedSecrets: Pick<ImportedSecretStore, 'list' | 'remove'>;
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
  await settle(ports, closed.value.quietSince, (seconds) => onProgress({ step: 'waiting', seconds }));
  const open = await findOpen(ports, accountId);
  if (open.length > 0 && !cancelJobs) return refuseOpen(accountId, open.length);
  if (open.length > 0) onProgress({ step: 'canceling', jobs: open.length });
  await mapFewAtOnce(open, 10, (job) => cancelOpen(ports, job));
  return done(await removeAll(ports, accountId, onProgress));
}

const findOpen = (ports: DeletionPorts, accountId: string) => Array.fromAsync(findOpenJobs(ports, accountId));

function refuseOpen(accountId: string, count: number): Outcome<never> {
  const what = `${count} ${count === 1 ? 'job' : 'jobs'} of the account ${accountId} have not ended`;
  return refused('jobs_open', `${what}: suspend it and wait for them, or delete it with its jobs.`);
}

/**
 * Nobody is let in from now on. `quietSince`: from when on no function was told anything else. Where nothing was open or
 * could be sent, a suspension that long ago is as good.
 */
async function close(
  ports: DeletionPorts,
  account: Account,
  openJobs: number,
): Promise<Outcome<{ readonly quietSince: number }>> {
  const { accountId, state, stateSince = ports.clock() } = account;
  const nowMs = ports.clock();
  const change = { state: 'deleting', stateSince: nowMs } as const;
  const closed = state === 'deleting' ? done(account) : await changeAccount(ports, account, change);
  if (!closed.ok) return closed;
  const endpoints = await ports.endpoints.list(accountId);
  for (const { endpointId } of endpoints) await ports.endpoints.remove(accountId, endpointId);
  if (endpoints.length > 0) return done({ quietSince: ports.clock() });
  const wasQuiet = state === 'deleting' || (state === 'suspended' && openJobs === 0);
  return done({ quietSince: wasQuiet ? stateSince : nowMs });
}

async function cancelOpen(ports: DeletionPorts, job: Job): Promise<void> {
  const ended = await cancelJob(ports, job, { reason: 'account_deleted', nowMs: ports.clock() });
  if (ended.kind === 'keeps_changing')
    throw new DependencyUnavailable('the job', { cause: new Error(`${job.jobId} keeps changing`) });
}

/** Secrets before the rows that say whose they are. */
async function removeAll(
  ports: DeletionPorts,
  accountId: string,
  onProgress: (progress: DeletionProgress) => void,
): Promise<Removed> {
  const queues = await Array.fromAsync(ports.inventory.list(accountId));
  for (const [index, queue] of queues.entries()) {
    await ports.inventory.remove(queue);
    onProgress({ step: 'queues', removed: index + 1 });
  }
  const secrets = await ports.importedSecrets.list(accountId);
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
  return { rows: rows + 2, queues: queues.length, secrets: secrets.length };
}
