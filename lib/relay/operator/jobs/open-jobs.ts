// The jobs of an account that have not ended, however many others it has.
import { LIMITS } from '../../../api/limits.ts';
import type { Clock, JobHistory, JobRef } from '../../model/ports.ts';
import type { Job } from '../../model/records.ts';
import { ACCOUNT_NUMBERS } from '../account-form.ts';

export interface OpenJobsPorts {
  readonly history: Pick<JobHistory, 'readPage'>;
  readonly clock: Clock;
}

/** As many as one read of rows takes. */
const PAGE = 100;

/** From its making a job lasts as long as a deadline may be, and its last lease; and a day for a sweep that stood still. */
export const LONGEST_LIFE_MS = (ACCOUNT_NUMBERS.jobDeadlineSeconds.max + LIMITS.renewalCapSeconds + 24 * 3600) * 1000;

/** Newest first, of one pool or of all. May miss what was made in this moment. */
export async function* findOpenJobs(ports: OpenJobsPorts, accountId: string, pool?: string): AsyncIterable<Job> {
  for await (const job of readJobs(ports, accountId, ports.clock() - LONGEST_LIFE_MS))
    if (isOpen(job) && (pool === undefined || job.pool === pool)) yield job;
}

export function isOpen({ state }: Job): boolean {
  return state === 'queued' || state === 'leased';
}

/** Every job that was made since then (epoch milliseconds), newest first. */
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

export async function countOpenJobs(ports: OpenJobsPorts, accountId: string, pool?: string): Promise<number> {
  let count = 0;
  for await (const _ of findOpenJobs(ports, accountId, pool)) count += 1;
  return count;
}
