// Releases leases that the killed relay granted and its agent, killed at the same time, never received.
import { inChunks } from '../relay/model/in-chunks.ts';
import type { DueWork, JobStore } from '../relay/model/ports.ts';
import type { Job } from '../relay/model/records.ts';

/** An agent that was killed and has started again. */
export interface RestartedAgent {
  readonly agentId: string;
  /** Jobs that the agent has resumed, or has results of. */
  readonly resumedJobIds: readonly string[];
  /** When the agent started, in epoch milliseconds. It knows about every job that was leased to it later. */
  readonly startedAt: number;
}

/**
 * Releases every lease of the agent from before its start, except those of jobs that it has resumed. On AWS such a lease
 * would expire. Only on the laptop do the relay and the agent die together, so only the laptop knows.
 */
export async function releaseOrphanedLeases(
  ports: { due: DueWork; jobs: JobStore; clock: () => number },
  agent: RestartedAgent,
) {
  for await (const job of openJobs(ports)) {
    if (!isOrphaned(job, agent)) continue;
    const { jobId, createdAt, fence, accountId } = job;
    await ports.jobs.release({ jobId, createdAt, fence, accountId, agentId: agent.agentId }, ports.clock());
  }
}

/** Yields the jobs that are due at any time, which are all open ones. It reads 100 rows in one call. */
async function* openJobs({ due, jobs }: { readonly due: DueWork; readonly jobs: JobStore }): AsyncIterable<Job> {
  // The index can name a job twice while its `dueAt` moves.
  for await (const items of inChunks(due.findDue(Number.MAX_SAFE_INTEGER)))
    yield* await jobs.findMany([...new Set(items.flatMap((item) => (item.kind === 'job' ? [item.jobId] : [])))]);
}

function isOrphaned(job: Job, { agentId, resumedJobIds, startedAt }: RestartedAgent): boolean {
  const isItsOwn = job.state === 'leased' && job.leasedBy === agentId && (job.leasedAt ?? startedAt) < startedAt;
  return isItsOwn && !resumedJobIds.includes(job.jobId);
}
