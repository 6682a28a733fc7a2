// Reads the open jobs of an account.
import { LIMITS } from '../../../api/limits.ts';
import type { Clock, JobHistory, JobRef } from '../../model/ports.ts';
import type { Job } from '../../model/records.ts';
import { ACCOUNT_NUMBERS } from '../account-form.ts';

export interface OpenJobsPorts {
  readonly history: Pick<JobHistory, 'readPage'>;
  readonly clock: Clock;
}

/** The number of rows of one read. */
const PAGE = 100;

/** The longest time that a job can be open: the longest deadline, the longest lease, and one day in case the sweep stops. */
export const LONGEST_LIFE_MS = (ACCOUNT_NUMBERS.jobDeadlineSeconds.max + LIMITS.renewalCapSeconds + 24 * 3600) * 1000;

/** Yields the open jobs of one pool or of all pools, newest first. It may miss a job that was created just now. */
export async function* findOpenJobs(ports: OpenJobsPorts, accountId: string, pool?: string): AsyncIterable<Job> {
  for await (const job of readJobs(ports, accountId, ports.clock() - LONGEST_LIFE_MS))
    if (isOpen(job) && (pool === undefined || job.pool === pool)) yield job;
}

/** Returns true while the job is queued or leased. */
export function isOpen({ state }: Job): boolean {
  return state === 'queued' || state === 'leased';
}

/** Yields every job of the account that was created since `sinceMs` (epoch milliseconds), newest first. */
export async function* readJobs(
  { history }: Pick<OpenJobsPorts, 'history'>,
  accountId: string,
  sinceMs: number,
): AsyncIterable<Job> {
  let before: JobRef | undefined;
  do {
    const page = await history.readPage(accountId, { sinceMs, before, limit: PAGE });
    yield* page.jobs;
    before = page.next;
  } while (before);
}

/** Returns the number of open jobs of one pool or of all pools. */
export async function countOpenJobs(ports: OpenJobsPorts, accountId: string, pool?: string): Promise<number> {
  let count = 0;
  for await (const _ of findOpenJobs(ports, accountId, pool)) count += 1;
  return count;
}
