// Repeats of a pull: an agent that lost an answer sends the same bytes again, and gets the leases of the first pull.

import { REPEAT_HEADER } from '../../protocol/http-message.ts';
import type { LeasedJob } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { Clock, EventLog, JobStore, OneTimeValues, PullClaim } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { isOwnLease, toLeasedJob } from './lease-jobs.ts';
import { NO_RECEIPT } from './settle-messages.ts';

/** The ports that answering a repeat needs. */
export interface RepeatPorts {
  readonly jobs: JobStore;
  readonly oneTimeValues: Pick<OneTimeValues, 'findPull'>;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/** Returns true when the agent says that it sends a pull again. Untrusted and unsigned: if false, it only costs a read. */
export function isRepeat({ request }: Pick<AgentCall, 'request'>): boolean {
  return request.headers[REPEAT_HEADER] === '1';
}

/**
 * Returns the leases that the first pull with these signed bytes took and that are still live, without receipts. Returns
 * undefined when the bytes have claimed no one-time value. Logs each lease.
 */
export async function findLeasesOfPull(ports: RepeatPorts, call: AgentCall): Promise<readonly LeasedJob[] | undefined> {
  const nowMs = ports.clock();
  const pull = await ports.oneTimeValues.findPull(call.verified.oneTimeValue, nowMs);
  if (!pull) return undefined;
  const jobs = await ports.jobs.findMany([...new Set(pull.refs.map(({ jobId }) => jobId))]);
  const held = jobs.filter((job) => isHeldUnder(pull, { job, call, nowMs }));
  for (const job of held) logRepeat(ports, call, job);
  return held.map((job) => toLeasedJob(job, NO_RECEIPT, nowMs));
}

/** All leases of a pull begin at the same time, which distinguishes them from leases of other pulls. */
function isHeldUnder(pull: PullClaim, { job, call, nowMs }: { job: Job; call: AgentCall; nowMs: number }): boolean {
  const ref = pull.refs.find(({ jobId, createdAt }) => jobId === job.jobId && createdAt === job.createdAt);
  if (!ref || (job.leaseUntil ?? 0) <= nowMs) return false;
  return isOwnLease(job, ref, { ...call, nowMs: pull.leasedAt });
}

function logRepeat({ eventLog }: RepeatPorts, call: AgentCall, { accountId, jobId, fence }: Job): void {
  eventLog.record({ event: 'lease.repeated', accountId, jobId, agentId: call.verified.key.record.keyId, fence });
}
