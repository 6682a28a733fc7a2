// Refunds of quota units: for a job that ended without ever being leased, and for a job that another request created.

import type { PartnerCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, QuotaLedger } from '../model/ports.ts';
import { quotaMinuteOf, quotaWindowOf } from '../model/quota-window.ts';
import type { Job } from '../model/records.ts';

/** The ports that a refund needs. */
export interface RefundPorts {
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
}

/**
 * Refunds the unit of an ended job to its month, if the job was never leased and the month is the current one. Only the
 * caller whose write ended the job may call this, so that the refund happens at most once. The minute is not refunded,
 * because it limits how fast jobs are submitted. Never throws: a failure is logged.
 */
export async function refundIfUnused(ports: RefundPorts, job: Job, nowMs: number): Promise<void> {
  if (job.fence !== 0 || job.quotaWindow !== quotaWindowOf(nowMs)) return;
  await logFailure(ports, () => ports.quota.refund(job.accountId, job.quotaWindow, 1));
}

/**
 * Refunds the units that this call took for jobs that another request created first, to the month and the minute. Never
 * throws: a failure is logged.
 */
export async function refundDuplicates(
  ports: RefundPorts,
  { account, nowMs }: PartnerCall,
  units: number,
): Promise<void> {
  if (units === 0) return;
  const [month, minute] = [quotaWindowOf(nowMs), quotaMinuteOf(nowMs)];
  await logFailure(ports, () => ports.quota.refund(account.accountId, month, units, minute));
}

/** A failed refund does not change the jobs, and the caller cannot repeat it. So it is logged and not thrown. */
async function logFailure({ eventLog }: RefundPorts, refund: () => Promise<void>): Promise<void> {
  try {
    await refund();
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'quota', reason: describeFailure(error) });
  }
}
