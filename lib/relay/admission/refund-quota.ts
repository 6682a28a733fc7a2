// Giving units back: of a job that ended before anybody had it, and of those that another request was quicker to make.

import type { PartnerCall } from '../http/request-pipeline.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, QuotaLedger } from '../model/ports.ts';
import { quotaMinuteOf, quotaWindowOf } from '../model/quota-window.ts';
import type { Job } from '../model/records.ts';

export interface RefundPorts {
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
}

/**
 * For whoever made the one write that ended the job: so it happens at most once. The minute is not given back: it bounds
 * how fast jobs came.
 */
export async function refundIfUnused(ports: RefundPorts, job: Job, nowMs: number): Promise<void> {
  if (job.fence !== 0 || job.quotaWindow !== quotaWindowOf(nowMs)) return;
  await failAlone(ports, () => ports.quota.refund(job.accountId, job.quotaWindow, 1));
}

/** For whoever took units for jobs that were there when it came to write them. */
export async function refundUnmade(ports: RefundPorts, { account, nowMs }: PartnerCall, units: number): Promise<void> {
  if (units === 0) return;
  const [month, minute] = [quotaWindowOf(nowMs), quotaMinuteOf(nowMs)];
  await failAlone(ports, () => ports.quota.refund(account.accountId, month, units, minute));
}

/**
 * The jobs are as they are whatever becomes of their units, and asking again would give nothing back: so this fails
 * aloud, but alone.
 */
async function failAlone({ eventLog }: RefundPorts, refund: () => Promise<void>): Promise<void> {
  try {
    await refund();
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'quota', reason: describeFailure(error) });
  }
}
