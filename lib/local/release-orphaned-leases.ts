// Releases leases that the killed relay granted and its agent, killed at the same time, never received.
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
  for await (const item of ports.due.findDue(Number.MAX_SAFE_INTEGER)) {
    const job = item.kind === 'job' ? await ports.jobs.find(item.jobId) : undefined;
    if (!job || !isOrphaned(job, agent)) continue;
    const { jobId, createdAt, fence, accountId } = job;
    await ports.jobs.release({ jobId, createdAt, fence, accountId, agentId: agent.agentId }, ports.clock());
  }
}

function isOrphaned(job: Job, { agentId, resumedJobIds, startedAt }: RestartedAgent): boolean {
  const isItsOwn = job.state === 'leased' && job.leasedBy === agentId && (job.leasedAt ?? startedAt) < startedAt;
  return isItsOwn && !resumedJobIds.includes(job.jobId);
}
