// Cancels an open job for a partner or an operator, even while an agent works on it.

import { refundIfUnused } from '../admission/refund-quota.ts';
import type { EventLog, JobStore, QuotaLedger } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

export interface CancelPorts {
  readonly jobs: Pick<JobStore, 'end'>;
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
}

/** Says who canceled the job. The job's row and the event log carry it as the reason. */
export type CancelReason = 'partner_asked' | 'operator_asked' | 'account_deleted';

export type Cancellation =
  | { readonly kind: 'canceled'; readonly job: Job }
  | { readonly kind: 'finished'; readonly job: Job }
  /** The job's row no longer exists. */
  | { readonly kind: 'missing' }
  /** Other writers changed the job on every try. */
  | { readonly kind: 'keeps_changing' };

/**
 * Cancels a job and returns the outcome. A job that is canceled already does not change and counts as canceled. If another
 * writer changes the job first, the failed write returns the current row, and the cancel is tried again with that.
 *
 * @param read The job as the caller read it.
 */
export async function cancelJob(
  ports: CancelPorts,
  read: Job,
  { reason, nowMs }: { readonly reason: CancelReason; readonly nowMs: number },
): Promise<Cancellation> {
  let job: Job | undefined = read;
  for (let tries = 0; tries < TUNING.cancelTries; tries += 1) {
    if (job?.accountId !== read.accountId) return { kind: 'missing' };
    if (job.state === 'canceled') return { kind: 'canceled', job };
    if (job.state !== 'queued' && job.state !== 'leased') return { kind: 'finished', job };
    const change = await ports.jobs.end(job, { state: 'canceled', reason, nowMs });
    if (change.done) return recordCancellation(ports, change.job, { reason, nowMs });
    job = change.job;
  }
  return { kind: 'keeps_changing' };
}

/** Logs the cancel and refunds its unit. Only the write that took effect gets here, so the refund happens at most once. */
async function recordCancellation(
  ports: CancelPorts,
  job: Job,
  { reason, nowMs }: { readonly reason: CancelReason; readonly nowMs: number },
): Promise<Cancellation> {
  const { accountId, jobId, state } = job;
  ports.eventLog.record({ event: 'job.ended', accountId, jobId, state, reason });
  await refundIfUnused(ports, job, nowMs);
  return { kind: 'canceled', job };
}
