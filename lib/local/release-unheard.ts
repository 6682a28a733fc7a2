// Leases that the killed relay granted and its agent, killed with it, never heard of: given back at once,
// where AWS would let them run out. Both died together only here, so only the laptop can know.
import type { DueWork, JobStore } from '../relay/model/ports.ts';
import type { Job } from '../relay/model/records.ts';

export interface RestartedAgent {
  readonly agentId: string;
  /** Jobs that it has in hand, or has results of. */
  readonly keptJobIds: readonly string[];
  /** Epoch milliseconds: what was leased to it later it has heard of. */
  readonly startedAt: number;
}

export async function releaseUnheard(
  ports: { due: DueWork; jobs: JobStore; clock: () => number },
  agent: RestartedAgent,
) {
  for await (const item of ports.due.findDue(Number.MAX_SAFE_INTEGER)) {
    const job = item.kind === 'job' ? await ports.jobs.find(item.jobId) : undefined;
    if (!job || !isUnheard(job, agent)) continue;
    const { jobId, createdAt, fence } = job;
    await ports.jobs.release({ jobId, createdAt, fence, agentId: agent.agentId }, ports.clock());
  }
}

function isUnheard(job: Job, { agentId, keptJobIds, startedAt }: RestartedAgent): boolean {
  const isItsOwn = job.state === 'leased' && job.leasedBy === agentId && (job.leasedAt ?? startedAt) < startedAt;
  return isItsOwn && !keptJobIds.includes(job.jobId);
}
