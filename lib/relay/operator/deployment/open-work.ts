// Counts what waits in the table: open jobs by pool and state, and deliveries whose next attempt is later. Reads are bounded.
import { mapConcurrently } from '../../model/map-concurrently.ts';
import type { DueItem, DueWork, JobStore, Pool } from '../../model/ports.ts';
import { isOpen } from '../jobs/open-jobs.ts';

export interface OpenWorkPorts {
  readonly due: DueWork;
  readonly jobs: Pick<JobStore, 'findMany'>;
}

/** Numbers of open jobs, by state. */
export interface OpenJobs {
  readonly queued: number;
  readonly leased: number;
}

export interface OpenWork {
  /** Returns the open jobs that were counted in a pool. */
  jobsOf(pool: Pool): OpenJobs;
  /** The deliveries that wait in the table and not in the queue. */
  readonly deliveries: number;
  /** False if there are more rows than were counted. The numbers are then lower bounds. */
  readonly isComplete: boolean;
}

/** The most rows that are counted. */
const COUNTED_ROWS = 10_000;
const JOBS_PER_READ = 100;
const READS_AT_ONCE = 5;

/**
 * Counts the work of all accounts. Every open job and every delivery that waits has a `dueAt`, so one index names them all.
 *
 * @throws DependencyUnavailable if the table fails.
 */
export async function countOpenWork(ports: OpenWorkPorts): Promise<OpenWork> {
  const { items, isComplete } = await readDue(ports.due);
  const jobIds = [...new Set(items.flatMap((item) => (item.kind === 'job' ? [item.jobId] : [])))];
  const reads = Array.from({ length: Math.ceil(jobIds.length / JOBS_PER_READ) }, (_, read) =>
    jobIds.slice(read * JOBS_PER_READ, (read + 1) * JOBS_PER_READ),
  );
  const jobs = (await mapConcurrently(reads, READS_AT_ONCE, (ids) => ports.jobs.findMany(ids))).flat();
  const places = Map.groupBy(jobs.filter(isOpen), (job) => nameOf(job, job.state));
  return {
    jobsOf: (pool) => ({
      queued: places.get(nameOf(pool, 'queued'))?.length ?? 0,
      leased: places.get(nameOf(pool, 'leased'))?.length ?? 0,
    }),
    deliveries: items.filter(({ kind }) => kind === 'delivery').length,
    isComplete,
  };
}

const nameOf = ({ accountId, pool }: Pool, state: string) => `${accountId} ${pool} ${state}`;

async function readDue(due: DueWork): Promise<{ readonly items: readonly DueItem[]; readonly isComplete: boolean }> {
  const items: DueItem[] = [];
  for await (const item of due.findDue(Number.MAX_SAFE_INTEGER)) {
    if (items.length === COUNTED_ROWS) return { items, isComplete: false };
    items.push(item);
  }
  return { items, isComplete: true };
}
