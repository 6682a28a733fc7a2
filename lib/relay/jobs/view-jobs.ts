// Jobs as a partner reads them: those that wait say why.

import type { PartnerCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { viewJob } from '../model/job-view.ts';
import type { EventLog, Presence } from '../model/ports.ts';
import type { AgentPresence, Job } from '../model/records.ts';
import { decidePendingReason } from './pending-reason.ts';

export interface ViewingPorts {
  readonly presence: Pick<Presence, 'list'>;
  readonly eventLog: EventLog;
}

type Viewer = Pick<PartnerCall, 'account' | 'nowMs'>;

/** Jobs of the caller's account. One read of its agents explains them all; where none waits there is no read. */
export async function viewJobs(ports: ViewingPorts, { account, nowMs }: Viewer, jobs: readonly Job[]) {
  const agents = jobs.some(isWaiting) ? await findAgents(ports, account.accountId) : undefined;
  return jobs.map((job) => {
    const reason = agents && isWaiting(job) ? decidePendingReason(agents, job.pool, nowMs) : undefined;
    return viewJob(job, nowMs, reason);
  });
}

function isWaiting({ state }: Job): boolean {
  return state === 'queued';
}

/** Undefined when they cannot be read: a job is worth more than the reason for which it waits. */
async function findAgents(ports: ViewingPorts, accountId: string): Promise<readonly AgentPresence[] | undefined> {
  try {
    return await ports.presence.list(accountId);
  } catch (error) {
    ports.eventLog.record({ event: 'dependency.failed', where: 'presence', reason: describeFailure(error) });
    return undefined;
  }
}
