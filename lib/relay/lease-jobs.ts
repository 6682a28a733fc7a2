// From queue messages to leases: the message points, the table decides.
import type { LeasedJob } from '../protocol/messages.ts';
import { describeFailure } from './describe-failure.ts';
import type { AgentCall } from './front-door.ts';
import { viewJob } from './job-view.ts';
import { LIMITS } from './limits.ts';
import type { JobQueues, JobRef, JobStore, Journal, Pool, QueuedJob } from './ports.ts';
import type { Job } from './records.ts';

export interface LeasingPorts {
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly journal: Journal;
}

/**
 * Handles every received message once: lease it, drop it, or hide it until it may be leased. What was leased is handed
 * out even where another message failed: that one becomes visible again by itself.
 */
export async function leaseAll(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  messages: readonly QueuedJob[],
): Promise<readonly LeasedJob[]> {
  const outcomes = await Promise.allSettled(distinct(messages).map((message) => leaseOne(ports, call, pool, message)));
  const leased = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && outcome.value ? [outcome.value] : [],
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed && leased.length === 0) throw failed.reason;
  if (failed)
    ports.journal.record({ event: 'dependency.failed', where: 'lease', reason: describeFailure(failed.reason) });
  return leased;
}

/** One message for each job: a second one stays hidden for as long as the lease, and then finds the job done. */
function distinct(messages: readonly QueuedJob[]): readonly QueuedJob[] {
  const isFirst = ({ ref }: QueuedJob, index: number) =>
    !ref || messages.findIndex((other) => isSameRef(other.ref, ref)) === index;
  return messages.filter(isFirst);
}

function isSameRef(one: JobRef | undefined, other: JobRef): boolean {
  return one?.jobId === other.jobId && one.createdAt === other.createdAt;
}

async function leaseOne(
  ports: LeasingPorts,
  call: AgentCall,
  pool: Pool,
  { ref, receipt }: QueuedJob,
): Promise<LeasedJob | undefined> {
  if (!ref) return drop(ports, pool, receipt, { why: 'malformed' });
  const agentId = call.verified.key.record.keyId;
  const leaseUntil = call.nowMs + LIMITS.leaseSeconds * 1000;
  const change = await ports.jobs.lease(ref, { agentId, nowMs: call.nowMs, leaseUntil, attemptLimit: LIMITS.attempts });
  if (change.job && (change.done || isOwnLease(change.job, ref, call)))
    return handOut(ports, call, change.job, receipt);
  await settle(ports, pool, { ref, receipt, job: change.job, nowMs: call.nowMs });
  return undefined;
}

/** A write whose answer was lost is tried again by the SDK, and then finds itself. */
function isOwnLease(job: Job, ref: JobRef, call: AgentCall): boolean {
  const isThisOne = job.state === 'leased' && job.createdAt === ref.createdAt;
  return isThisOne && job.leasedBy === call.verified.key.record.keyId && job.leasedAt === call.nowMs;
}

function handOut(ports: LeasingPorts, call: AgentCall, job: Job, receipt: string): LeasedJob {
  const { accountId, jobId, fence, createdAt } = job;
  ports.journal.record({ event: 'job.leased', accountId, jobId, agentId: call.verified.key.record.keyId, fence });
  const lease = {
    jobId,
    createdAt: new Date(createdAt).toISOString(),
    fence,
    leaseUntil: new Date(job.leaseUntil ?? call.nowMs).toISOString(),
    receipt,
  };
  return { lease, job: viewJob(job, call.nowMs) };
}

interface Unleased {
  readonly ref: JobRef;
  readonly receipt: string;
  readonly job: Job | undefined;
  readonly nowMs: number;
}

/** What becomes of a message whose job could not be leased. */
async function settle(ports: LeasingPorts, pool: Pool, { ref, receipt, job, nowMs }: Unleased): Promise<void> {
  const verdict = decideUnleased(ref, job, nowMs);
  if (verdict.kind === 'hide') return ports.queues.hide(pool, receipt, verdict.seconds);
  if (verdict.kind === 'fail' && job)
    await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
  await drop(ports, pool, receipt, { why: verdict.kind, jobId: ref.jobId });
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
  ports: Pick<LeasingPorts, 'jobs' | 'journal'>,
  job: Job,
  end: { state: 'failed' | 'expired'; reason: string; nowMs: number },
): Promise<boolean> {
  const { done } = await ports.jobs.end(job, end);
  if (done)
    ports.journal.record({
      event: 'job.ended',
      accountId: job.accountId,
      jobId: job.jobId,
      state: end.state,
      reason: end.reason,
    });
  return done;
}

async function drop(
  ports: LeasingPorts,
  pool: Pool,
  receipt: string,
  about: { why: string; jobId?: string },
): Promise<undefined> {
  await ports.queues.remove(pool, receipt);
  ports.journal.record({ event: 'pointer.dropped', accountId: pool.accountId, ...about });
}
