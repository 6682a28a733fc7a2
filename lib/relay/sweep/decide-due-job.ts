// Decides what a due job needs: its end, a later alarm, or another pointer in its queue.

import { LIMITS } from '../../api/limits.ts';
import type { Job } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

/**
 * What a due job needs. `postpone`: its lease is live. `send`: another pointer now. `ask`: another pointer if its queue has
 * surely run empty. In all three cases `dueAt` moves.
 */
export type DueDecision =
  | { readonly kind: 'leave' | 'expire' | 'fail' }
  | { readonly kind: 'postpone'; readonly dueAt: number }
  | { readonly kind: 'send' | 'ask'; readonly dueAt: number };

/** When the sweep looks, and whether it sends every open job. Epoch milliseconds. */
export interface DueTimes {
  readonly nowMs: number;
  /** A job with a later `dueAt` is left alone. */
  readonly untilMs: number;
  /** True after queues were lost: every open job without a live lease is sent. */
  readonly sendsAll?: boolean;
}

/** Returns what a job needs. The index can lag, so the row itself decides whether the job is due. */
export function decideDueJob(job: Job, { nowMs, untilMs, sendsAll = false }: DueTimes): DueDecision {
  if (job.dueAt === undefined || job.dueAt > untilMs) return { kind: 'leave' };
  const liveUntil = job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs ? job.leaseUntil : undefined;
  if (liveUntil !== undefined) return postpone(job, liveUntil + TUNING.dueAfterLeaseSeconds * 1000);
  if (nowMs >= job.deadlineAt) return { kind: 'expire' };
  if (job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: sendsAll || needsPointer(job, nowMs) ? 'send' : 'ask', dueAt: nextDueAt(job, nowMs) };
}

/**
 * Returns true if the job needs another pointer whatever its queue holds. The first send may have failed, so a job that was
 * never leased is sent again at its first alarm.
 */
function needsPointer(job: Job, nowMs: number): boolean {
  const isFirstAlarm = alarmsOf(job) === 0 && job.fence === 0;
  return isFirstAlarm || nowMs - sentAtOf(job) >= TUNING.pointerTrustSeconds * 1000;
}

/**
 * Returns true if the queue held no pointer to the job when it was found empty at `emptyAt`. SQS counts a message within a
 * minute, so only a time that is a minute after the job's last send says something.
 */
export function wasEmptyAfterSend(job: Job, emptyAt: number): boolean {
  return emptyAt - sentAtOf(job) >= TUNING.depthSettlesSeconds * 1000;
}

/** Returns how often the sweep found the open job due. A row of an older version counts only its resends. */
export function alarmsOf(job: Job): number {
  return job.alarms ?? job.resends;
}

function sentAtOf(job: Job): number {
  return job.sentAt ?? job.createdAt;
}

/** Moves `dueAt`. Leaves the job alone if `dueAt` has that value already. */
function postpone(job: Job, dueAt: number): DueDecision {
  return job.dueAt === dueAt ? { kind: 'leave' } : { kind: 'postpone', dueAt };
}

/** Returns the next `dueAt`. The delay doubles from four minutes to an hour and never passes the deadline. */
function nextDueAt(job: Job, nowMs: number): number {
  const backoffSeconds = Math.min(TUNING.firstDueSeconds * 2 ** (alarmsOf(job) + 1), TUNING.dueBackoffCapSeconds);
  return Math.min(nowMs + backoffSeconds * 1000, job.deadlineAt);
}
