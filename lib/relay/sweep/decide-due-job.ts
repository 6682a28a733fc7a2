// The one right thing to do with a job that is due. Pure.
import { LIMITS } from '../../api/limits.ts';
import type { Job } from '../model/records.ts';

export type DueDecision =
  | { readonly kind: 'leave' | 'expire' | 'fail' }
  | { readonly kind: 'postpone'; readonly dueAt: number }
  | { readonly kind: 'resend'; readonly dueAt: number };

/** What a due job needs. The index may be behind, so the row itself is asked again whether it is due. */
export function decideDueJob(job: Job, nowMs: number, untilMs: number): DueDecision {
  if (job.dueAt === undefined || job.dueAt > untilMs) return { kind: 'leave' };
  const liveUntil = job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs ? job.leaseUntil : undefined;
  if (liveUntil !== undefined) return postpone(job, liveUntil + LIMITS.dueAfterLeaseSeconds * 1000);
  if (nowMs >= job.deadlineAt) return { kind: 'expire' };
  if (job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'resend', dueAt: nextDueAt(job, nowMs) };
}

/** The look-ahead may come upon an alarm that stands where it should. */
function postpone(job: Job, dueAt: number): DueDecision {
  return job.dueAt === dueAt ? { kind: 'leave' } : { kind: 'postpone', dueAt };
}

/** Doubling from two minutes to an hour, but never past the deadline. */
function nextDueAt(job: Job, nowMs: number): number {
  const backoffSeconds = Math.min(LIMITS.firstDueSeconds * 2 ** (job.resends + 1), LIMITS.dueBackoffCapSeconds);
  return Math.min(nowMs + backoffSeconds * 1000, job.deadlineAt);
}
