// Leases the jobs of received messages. A message only points to a job; the table decides whether it can be leased.

import { LIMITS } from '../../api/limits.ts';
import type { LeasedJob } from '../../protocol/messages.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { viewJob } from '../model/job-view.ts';
import type { JobMessage, JobRef, JobStore, Pool } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { settleAll } from '../model/settle-all.ts';
import { deleteMessages, hideMessages, type MessagePorts } from './settle-messages.ts';

/** The ports that leasing needs. */
export interface LeasingPorts extends MessagePorts {
  readonly jobs: JobStore;
}

/**
 * Leases the jobs of received messages to the agent and returns the leases. If a job cannot be leased, its message is
 * dropped, or hidden until the job may be leased. When some messages fail and others are leased, the failure is only
 * logged: the failed messages become visible again.
 * @throws DependencyUnavailable when a message failed and none was leased.
 */
export async function leaseAll(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  messages: readonly JobMessage[],
): Promise<readonly LeasedJob[]> {
  const attempt = (message: JobMessage) => leaseOne(ports, call, pool, message);
  const { values: outcomes, failure } = await settleAll(distinct(messages), attempt);
  await dropOrHide(ports, pool, outcomes);
  const leased = outcomes.flatMap((outcome) => (outcome.kind === 'leased' ? [outcome.leased] : []));
  if (failure && leased.length === 0) throw failure.error;
  if (failure)
    ports.eventLog.record({ event: 'dependency.failed', where: 'lease', reason: describeFailure(failure.error) });
  return leased;
}

/** Returns one message for each job. A second message of a job is not touched: it stays hidden while the lease lasts. */
function distinct(messages: readonly JobMessage[]): readonly JobMessage[] {
  const isFirst = ({ ref }: JobMessage, index: number) =>
    !ref || messages.findIndex((message) => isSameRef(message.ref, ref)) === index;
  return messages.filter(isFirst);
}

function isSameRef(a: JobRef | undefined, b: JobRef): boolean {
  return a?.jobId === b.jobId && a.createdAt === b.createdAt;
}

/** The outcome of one message: its job is leased, or the message is to be hidden or dropped. */
type MessageOutcome =
  | { readonly kind: 'leased'; readonly leased: LeasedJob }
  | { readonly kind: 'hide'; readonly receipt: string; readonly seconds: number }
  | { readonly kind: 'drop'; readonly receipt: string; readonly why: string; readonly jobId?: string };

async function leaseOne(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  { ref, receipt }: JobMessage,
): Promise<MessageOutcome> {
  if (!ref) return { kind: 'drop', receipt, why: 'malformed' };
  const { nowMs } = call;
  const agentId = call.verified.key.record.keyId;
  const leaseUntil = nowMs + LIMITS.leaseSeconds * 1000;
  const change = await ports.jobs.lease(ref, { ...pool, agentId, nowMs, leaseUntil, attemptLimit: LIMITS.attempts });
  if (change.job && (change.done || isOwnLease(change.job, ref, call)))
    return { kind: 'leased', leased: handOut(ports, call, change.job, receipt) };
  return handleUnleased(ports, { ref, receipt, pool, job: change.job, nowMs: call.nowMs });
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

interface UnleasedMessage {
  readonly ref: JobRef;
  readonly receipt: string;
  /** The pool of the queue that the message was in. */
  readonly pool: Pool;
  readonly job: Job | undefined;
  readonly nowMs: number;
}

/** Handles a message whose job could not be leased. Ends the job if its attempts are used up. */
async function handleUnleased(
  ports: LeasingPorts,
  { ref, receipt, pool, job, nowMs }: UnleasedMessage,
): Promise<MessageOutcome> {
  const decision = decideUnleased(ref, pool, job, nowMs);
  if (decision.kind === 'hide') return { ...decision, receipt };
  if (decision.kind === 'fail' && job) {
    const isEnded = await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
    // The job changed before the write and may still be open, so the next receiver of the message checks it again.
    if (!isEnded) return { kind: 'hide', receipt, seconds: 0 };
  }
  return { kind: 'drop', receipt, why: decision.kind, jobId: ref.jobId };
}

/** What to do with a message. `fail`: the job's attempts are used up. `unknown`, `foreign`, `ended`: drop the message. */
export type UnleasedDecision =
  | { readonly kind: 'hide'; readonly seconds: number }
  | { readonly kind: 'fail' }
  | { readonly kind: 'unknown' | 'foreign' | 'ended' };

/**
 * Decides about a message whose job could not be leased. The message of a live lease is hidden until the lease ends. The
 * message of a job that is past its deadline is hidden too, because the sweep ends the job. A job of another account or
 * pool is `foreign`, whatever its state: nothing that follows may change it.
 */
export function decideUnleased(ref: JobRef, pool: Pool, job: Job | undefined, nowMs: number): UnleasedDecision {
  if (job && (job.accountId !== pool.accountId || job.pool !== pool.pool)) return { kind: 'foreign' };
  if (job?.createdAt !== ref.createdAt) return { kind: 'unknown' };
  if (job.state !== 'queued' && job.state !== 'leased') return { kind: 'ended' };
  const busyUntil = job.state === 'leased' ? (job.leaseUntil ?? nowMs) : nowMs;
  if (busyUntil > nowMs) return { kind: 'hide', seconds: Math.ceil((busyUntil - nowMs) / 1000) + 1 };
  if (nowMs < job.deadlineAt && job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'hide', seconds: LIMITS.leaseSeconds };
}

/** Ends a job without a result and logs it. Returns false when the job has changed since it was read. */
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

/** Deletes the messages to drop, hides the messages to hide, and logs what was dropped. */
async function dropOrHide(ports: LeasingPorts, pool: Pool, outcomes: readonly MessageOutcome[]): Promise<void> {
  const drops = outcomes.flatMap((outcome) => (outcome.kind === 'drop' ? [{ ...outcome, pool }] : []));
  const [dropped] = await Promise.all([
    deleteMessages(ports, drops),
    hideMessages(
      ports,
      pool,
      outcomes.filter((outcome) => outcome.kind === 'hide'),
    ),
  ]);
  for (const { why, jobId } of dropped)
    ports.eventLog.record({ event: 'pointer.dropped', accountId: pool.accountId, why, ...(jobId && { jobId }) });
}
