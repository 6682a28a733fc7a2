// Leases the jobs of received messages. A message only points to a job; the table decides whether it can be leased.

import { LIMITS } from '../../api/limits.ts';
import type { LeasedJob } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { viewJob } from '../model/job-view.ts';
import type { JobMessage, JobRef, Pool } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { settleAll } from '../model/settle-all.ts';
import type { LeasingPorts } from './settle-messages.ts';
import { handleStale, type StaleOutcome, settleStale } from './stale-pointers.ts';

/**
 * Leases the jobs of messages, which point to different jobs, to the agent and returns the leases. If a job cannot be
 * leased, its message is dropped, or hidden until the job may be leased. When some messages fail and others are leased, the
 * failure is only logged: the failed messages become visible again.
 * @throws DependencyUnavailable when a message failed and none was leased.
 */
export async function leaseAll(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  messages: readonly JobMessage[],
): Promise<readonly LeasedJob[]> {
  const attempt = (message: JobMessage) => leaseOne(ports, call, pool, message);
  const { values: outcomes, failure } = await settleAll(messages, attempt);
  await settleStale(
    ports,
    pool,
    outcomes.filter((outcome) => outcome.kind !== 'leased'),
  );
  const leased = outcomes.flatMap((outcome) => (outcome.kind === 'leased' ? [outcome.leased] : []));
  if (failure && leased.length === 0) throw failure.error;
  if (failure)
    ports.eventLog.record({ event: 'dependency.failed', where: 'lease', reason: describeFailure(failure.error) });
  return leased;
}

/** The outcome of one message: its job is leased, or the message is to be hidden or dropped. */
type MessageOutcome = { readonly kind: 'leased'; readonly leased: LeasedJob } | StaleOutcome;

async function leaseOne(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  message: JobMessage,
): Promise<MessageOutcome> {
  const { ref, receipt } = message;
  if (!ref) return { kind: 'drop', receipt, why: 'malformed' };
  const { nowMs } = call;
  const agentId = call.verified.key.record.keyId;
  const leaseUntil = nowMs + LIMITS.leaseSeconds * 1000;
  const change = await ports.jobs.lease(ref, { ...pool, agentId, nowMs, leaseUntil, attemptLimit: LIMITS.attempts });
  if (change.job && (change.done || isOwnLease(change.job, ref, call)))
    return { kind: 'leased', leased: handOut(ports, call, change.job, receipt) };
  return handleStale(ports, { message, pool, job: change.job }, nowMs);
}

/**
 * Returns true when the job is leased to this agent since `call.nowMs`. That is so when the SDK repeats a write whose
 * answer was lost: the repeated write finds the lease that the first one made.
 */
export function isOwnLease(job: Job, ref: JobRef, call: Pick<AgentCall, 'verified' | 'nowMs'>): boolean {
  const isLeased = job.state === 'leased' && job.createdAt === ref.createdAt;
  return isLeased && job.leasedBy === call.verified.key.record.keyId && job.leasedAt === call.nowMs;
}

function handOut(ports: LeasingPorts, call: AgentCall, job: Job, receipt: string): LeasedJob {
  const { accountId, jobId, fence } = job;
  ports.eventLog.record({ event: 'job.leased', accountId, jobId, agentId: call.verified.key.record.keyId, fence });
  return toLeasedJob(job, receipt, call.nowMs);
}

/** Returns a leased job in the form that its agent gets. */
export function toLeasedJob(job: Job, receipt: string, nowMs: number): LeasedJob {
  const { jobId, fence, createdAt } = job;
  const leaseUntil = new Date(job.leaseUntil ?? nowMs).toISOString();
  const lease = { jobId, createdAt: new Date(createdAt).toISOString(), fence, leaseUntil, receipt };
  return { lease, job: viewJob(job, nowMs) };
}
