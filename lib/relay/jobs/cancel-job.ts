// Canceling, whoever asks: one word ends a job that nobody has finished, whether an agent is at work on it or not.

import { refundIfUnused } from '../admission/refund-quota.ts';
import type { EventLog, JobStore, QuotaLedger } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

export interface CancelPorts {
  readonly jobs: Pick<JobStore, 'end'>;
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
}

/** Who asked: the reason in the row and in the log. */
export type CancelReason = 'partner_asked' | 'operator_asked' | 'account_deleted';

export type Cancellation =
  | { readonly kind: 'canceled'; readonly job: Job }
  | { readonly kind: 'finished'; readonly job: Job }
  /** It is no more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'keeps_changing' };

/** Canceling twice is one cancel. A lost race brings along what stands there, which is then judged in turn. */
export async function cancelJob(
  ports: CancelPorts,
  read: Job,
  { reason, nowMs }: { readonly reason: CancelReason; readonly nowMs: number },
): Promise<Cancellation> {
  let job: Job | undefined = read;
  for (let tries = 0; tries < TUNING.cancelTries; tries += 1) {
    if (job?.accountId !== read.accountId) return { kind: 'gone' };
    if (job.state === 'canceled') return { kind: 'canceled', job };
    if (job.state !== 'queued' && job.state !== 'leased') return { kind: 'finished', job };
    const change = await ports.jobs.end(job, { state: 'canceled', reason, nowMs });
    if (change.done) return wrapUp(ports, change.job, { reason, nowMs });
    job = change.job;
  }
  return { kind: 'keeps_changing' };
}

/** The one write that took effect is here once, so the unit is given back at most once. */
async function wrapUp(
  ports: CancelPorts,
  job: Job,
  { reason, nowMs }: { readonly reason: CancelReason; readonly nowMs: number },
): Promise<Cancellation> {
  const { accountId, jobId, state } = job;
  ports.eventLog.record({ event: 'job.ended', accountId, jobId, state, reason });
  await refundIfUnused(ports, job, nowMs);
  return { kind: 'canceled', job };
}
