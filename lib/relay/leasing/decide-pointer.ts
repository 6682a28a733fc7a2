// Decides what a received pointer is good for, from the row of its job. Pure functions.

import { LIMITS } from '../../api/limits.ts';
import type { JobRef, Pool } from '../model/ports.ts';
import type { Job } from '../model/records.ts';

/**
 * What to do with a pointer. `lease`: its job can be leased. `hide`: its job is leased or past its deadline, so the pointer
 * is of no use for a while. `fail`: the job's attempts are used up, so it ends. The rest: drop the pointer.
 */
export type PointerDecision =
  | { readonly kind: 'lease' }
  | { readonly kind: 'hide'; readonly seconds: number }
  | { readonly kind: 'fail' }
  | { readonly kind: 'unknown' | 'foreign' | 'ended' };

/**
 * Decides about a pointer in the queue of `pool`. The pointer of a live lease is hidden until the lease ends. The pointer
 * of a job that is past its deadline is hidden too, because the sweep ends the job. A job of another account or pool is
 * `foreign`, whatever its state: nothing that follows may change it.
 */
export function decidePointer(ref: JobRef, pool: Pool, job: Job | undefined, nowMs: number): PointerDecision {
  if (job && (job.accountId !== pool.accountId || job.pool !== pool.pool)) return { kind: 'foreign' };
  if (job?.createdAt !== ref.createdAt) return { kind: 'unknown' };
  if (job.state !== 'queued' && job.state !== 'leased') return { kind: 'ended' };
  const busyUntil = job.state === 'leased' ? (job.leaseUntil ?? nowMs) : nowMs;
  if (busyUntil > nowMs) return { kind: 'hide', seconds: Math.ceil((busyUntil - nowMs) / 1000) + 1 };
  if (nowMs >= job.deadlineAt) return { kind: 'hide', seconds: LIMITS.leaseSeconds };
  return { kind: job.attempts >= LIMITS.attempts ? 'fail' : 'lease' };
}
