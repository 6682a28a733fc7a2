// The same signed pull once more, because its answer was lost: it gets the leases that the first one took, and takes none.

import { REPEAT_HEADER } from '../../protocol/http-message.ts';
import type { LeasedJob } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { Clock, EventLog, JobStore, OneTimeValues, PullClaim } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { isOwnLease, toLeasedJob } from './lease-jobs.ts';
import { NO_RECEIPT } from './settle-messages.ts';

export interface RepeatPorts {
  readonly jobs: JobStore;
  readonly oneTimeValues: Pick<OneTimeValues, 'findPull'>;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/** The agent's word, and not signed: a false one costs a read and changes nothing. */
export function isRepeat({ request }: Pick<AgentCall, 'request'>): boolean {
  return request.headers[REPEAT_HEADER] === '1';
}

/** Those leases of this very pull that the agent holds still; undefined when these bytes have not claimed anything. */
export async function findLeasesOfPull(ports: RepeatPorts, call: AgentCall): Promise<readonly LeasedJob[] | undefined> {
  const nowMs = ports.clock();
  const pull = await ports.oneTimeValues.findPull(call.verified.oneTimeValue, nowMs);
  if (!pull) return undefined;
  const jobs = await ports.jobs.findMany([...new Set(pull.refs.map(({ jobId }) => jobId))]);
  const held = jobs.filter((job) => isHeldUnder(pull, { job, call, nowMs }));
  for (const job of held) note(ports, call, job);
  return held.map((job) => toLeasedJob(job, NO_RECEIPT, nowMs));
}

/** A lease of another pull began at another time. */
function isHeldUnder(pull: PullClaim, { job, call, nowMs }: { job: Job; call: AgentCall; nowMs: number }): boolean {
  const ref = pull.refs.find(({ jobId, createdAt }) => jobId === job.jobId && createdAt === job.createdAt);
  if (!ref || (job.leaseUntil ?? 0) <= nowMs) return false;
  return isOwnLease(job, ref, { ...call, nowMs: pull.leasedAt });
}

function note({ eventLog }: RepeatPorts, call: AgentCall, { accountId, jobId, fence }: Job): void {
  eventLog.record({ event: 'lease.repeated', accountId, jobId, agentId: call.verified.key.record.keyId, fence });
}
