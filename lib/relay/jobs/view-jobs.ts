// Jobs as a partner reads them. A queued job says why it waits.

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

/**
 * Returns the public form of the caller's jobs, each queued one with its pending reason. One read of the account's agents
 * serves all of them; without a queued job nothing is read.
 */
export async function viewJobs(ports: ViewingPorts, { account, nowMs }: Viewer, jobs: readonly Job[]) {
  const agents = jobs.some(isQueued) ? await findAgents(ports, account.accountId) : undefined;
  return jobs.map((job) => {
    const reason = agents && isQueued(job) ? decidePendingReason(agents, job.pool, nowMs) : undefined;
    return viewJob(job, nowMs, reason);
  });
}

function isQueued({ state }: Job): boolean {
  return state === 'queued';
}

/** Returns undefined and logs the failure if the agents cannot be read, so that the caller still gets its jobs. */
async function findAgents(ports: ViewingPorts, accountId: string): Promise<readonly AgentPresence[] | undefined> {
  try {
    return await ports.presence.list(accountId);
  } catch (error) {
    ports.eventLog.record({ event: 'dependency.failed', where: 'presence', reason: describeFailure(error) });
    return undefined;
  }
}
