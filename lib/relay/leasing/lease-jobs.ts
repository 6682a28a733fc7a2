// From queue messages to leases: the message points, the table decides.

import { LIMITS } from '../../api/limits.ts';
import type { LeasedJob } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { viewJob } from '../model/job-view.ts';
import type { JobMessage, JobRef, JobStore, Pool } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { hideMessages, type MessagePorts, removeMessages } from './settle-messages.ts';

export interface LeasingPorts extends MessagePorts {
  readonly jobs: JobStore;
}

/**
 * Handles every received message once: lease it, drop it, or hide it until it may be leased. What was leased is handed
 * out even where another message failed: that one becomes visible again by itself.
 */
export async function leaseAll(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  messages: readonly JobMessage[],
): Promise<readonly LeasedJob[]> {
  const outcomes = await Promise.allSettled(distinct(messages).map((message) => leaseOne(ports, call, message)));
  const ends = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  await acknowledgeMessages(ports, pool, ends);
  const leased = ends.flatMap((end) => (end.kind === 'leased' ? [end.leased] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed && leased.length === 0) throw failed.reason;
  if (failed)
    ports.eventLog.record({ event: 'dependency.failed', where: 'lease', reason: describeFailure(failed.reason) });
  return leased;
}

/** One message for each job: a second one stays hidden for as long as the lease, and then finds the job done. */
function distinct(messages: readonly JobMessage[]): readonly JobMessage[] {
  const isFirst = ({ ref }: JobMessage, index: number) =>
    !ref || messages.findIndex((other) => isSameRef(other.ref, ref)) === index;
  return messages.filter(isFirst);
}

function isSameRef(one: JobRef | undefined, other: JobRef): boolean {
  return one?.jobId === other.jobId && one.createdAt === other.createdAt;
}

/** What becomes of one message. */
type MessageEnd =
  | { readonly kind: 'leased'; readonly leased: LeasedJob }
  | { readonly kind: 'hide'; readonly receipt: string; readonly seconds: number }
  | { readonly kind: 'drop'; readonly receipt: string; readonly why: string; readonly jobId?: string };

async function leaseOne(ports: LeasingPorts, call: AgentCall, { ref, receipt }: JobMessage): Promise<MessageEnd> {
  if (!ref) return { kind: 'drop', receipt, why: 'malformed' };
  const agentId = call.verified.key.record.keyId;
  const leaseUntil = call.nowMs + LIMITS.leaseSeconds * 1000;
  const change = await ports.jobs.lease(ref, { agentId, nowMs: call.nowMs, leaseUntil, attemptLimit: LIMITS.attempts });
  if (change.job && (change.done || isOwnLease(change.job, ref, call)))
    return { kind: 'leased', leased: handOut(ports, call, change.job, receipt) };
  return endUnleased(ports, { ref, receipt, job: change.job, nowMs: call.nowMs });
}

/** A write whose answer was lost is tried again by the SDK, and then finds itself. */
export function isOwnLease(job: Job, ref: JobRef, call: Pick<AgentCall, 'verified' | 'nowMs'>): boolean {
  const isThisOne = job.state === 'leased' && job.createdAt === ref.createdAt;
  return isThisOne && job.leasedBy === call.verified.key.record.keyId && job.leasedAt === call.nowMs;
}

function handOut(ports: LeasingPorts, call: AgentCall, job: Job, receipt: string): LeasedJob {
  const { accountId, jobId, fence } = job;
  ports.eventLog.record({ event: 'job.leased', accountId, jobId, agentId: call.verified.key.record.keyId, fence });
  return toLeasedJob(job, receipt, call.nowMs);
}

/** A leased job as its agent gets it. */
export function toLeasedJob(job: Job, receipt: string, nowMs: number): LeasedJob {
  const { jobId, fence, createdAt } = job;
  const leaseUntil = new Date(job.leaseUntil ?? nowMs).toISOString();
  const lease = { jobId, createdAt: new Date(createdAt).toISOString(), fence, leaseUntil, receipt };
  return { lease, job: viewJob(job, nowMs) };
}

interface Unleased {
  readonly ref: JobRef;
  readonly receipt: string;
  readonly job: Job | undefined;
  readonly nowMs: number;
}

/** What becomes of a message whose job could not be leased. */
async function endUnleased(ports: LeasingPorts, { ref, receipt, job, nowMs }: Unleased): Promise<MessageEnd> {
  const verdict = decideUnleased(ref, job, nowMs);
  if (verdict.kind === 'hide') return { ...verdict, receipt };
  if (verdict.kind === 'fail' && job) {
    const isEnded = await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
    // It changed in the meantime, and may be open still: whoever gets the message next looks again.
    if (!isEnded) return { kind: 'hide', receipt, seconds: 0 };
  }
  return { kind: 'drop', receipt, why: verdict.kind, jobId: ref.jobId };
}

type Settlement =
  | { readonly kind: 'hide'; readonly seconds: number }
  | { readonly kind: 'fail' }
  | { readonly kind: 'unknown' | 'ended' };

/** A live lease hides its message until it ends; a job past its deadline waits there for the sweep. */
export function decideUnleased(ref: JobRef, job: Job | undefined, nowMs: number): Settlement {
  if (job?.createdAt !== ref.createdAt) return { kind: 'unknown' };
  if (job.state !== 'queued' && job.state !== 'leased') return { kind: 'ended' };
  const busyUntil = job.state === 'leased' ? (job.leaseUntil ?? nowMs) : nowMs;
  if (busyUntil > nowMs) return { kind: 'hide', seconds: Math.ceil((busyUntil - nowMs) / 1000) + 1 };
  if (nowMs < job.deadlineAt && job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'hide', seconds: LIMITS.leaseSeconds };
}

/** Ends a job that nobody finished, if it still stands as it was read. True when this call ended it. */
export async function endJob(
  ports: Pick<LeasingPorts, 'jobs' | 'eventLog'>,
  job: Job,
  end: { state: 'failed' | 'expired'; reason: string; nowMs: number },
): Promise<boolean> {
  const { done } = await ports.jobs.end(job, end);
  if (done)
    ports.eventLog.record({
      event: 'job.ended',
      accountId: job.accountId,
      jobId: job.jobId,
      state: end.state,
      reason: end.reason,
    });
  return done;
}

/** The messages of all that were not leased. */
async function acknowledgeMessages(ports: LeasingPorts, pool: Pool, ends: readonly MessageEnd[]): Promise<void> {
  const drops = ends.flatMap((end) => (end.kind === 'drop' ? [{ ...end, pool }] : []));
  const [dropped] = await Promise.all([
    removeMessages(ports, drops),
    hideMessages(
      ports,
      pool,
      ends.filter((end) => end.kind === 'hide'),
    ),
  ]);
  for (const { why, jobId } of dropped)
    ports.eventLog.record({ event: 'pointer.dropped', accountId: pool.accountId, why, ...(jobId && { jobId }) });
}
