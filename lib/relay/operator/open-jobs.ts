// The jobs of an account that have not ended, however many others it has.
import { LIMITS } from '../limits.ts';
import type { Clock, JobHistory, JobRef } from '../ports.ts';
import type { Job } from '../records.ts';

export interface OpenJobsPorts {
  readonly history: Pick<JobHistory, 'readPage'>;
  readonly clock: Clock;
}

/** As many as one read of rows takes. */
const PAGE = 100;

/** Newest first, of one pool or of all. May miss what was made in this moment. */
export async function* findOpenJobs(ports: OpenJobsPorts, accountId: string, pool?: string): AsyncIterable<Job> {
  for await (const job of readJobs(ports, accountId))
    if (isOpen(job) && (pool === undefined || job.pool === pool)) yield job;
}

export function isOpen({ state }: Job): boolean {
  return state === 'queued' || state === 'leased';
}

/** Every job that is kept, or was made since then, newest first. */
export async function* readJobs(
  { history, clock }: OpenJobsPorts,
  accountId: string,
  sinceMs: number = clock() - LIMITS.retentionSeconds * 1000,
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
