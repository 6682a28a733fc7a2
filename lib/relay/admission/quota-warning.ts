// The warning that most of a month's jobs are used: written once for an account and month, and sent from the stream.

import { LIMITS } from '../../api/limits.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, QuotaLedger, QuotaState } from '../model/ports.ts';
import { quotaWindowOf } from '../model/quota-window.ts';
import type { Account } from '../model/records.ts';

export interface WarningPorts {
  readonly quota: Pick<QuotaLedger, 'take' | 'takeUpTo' | 'recordWarning'>;
  readonly eventLog: EventLog;
}

/** Of a limit of nothing there is no share to be used. */
export function isWarningDue(used: number, limit: number): boolean {
  return limit > 0 && used * 100 >= limit * LIMITS.quotaWarningPercent;
}

/**
 * For whoever has just asked for units, whether it got them or not: so a warning that was due and not written (a crash, a
 * failure) is written by the next who asks. Once it stands this costs nothing. An admission does not depend on it, so it
 * fails aloud, but alone.
 */
export async function warnIfDue(
  { quota, eventLog }: Pick<WarningPorts, 'eventLog'> & { readonly quota: Pick<QuotaLedger, 'recordWarning'> },
  { accountId, jobsPerMonth: limit }: Account,
  { used: { month: used }, warnedAt }: QuotaState,
  nowMs: number,
): Promise<void> {
  if (warnedAt !== undefined || !isWarningDue(used, limit)) return;
  const month = quotaWindowOf(nowMs);
  try {
    const isFirst = await quota.recordWarning({ accountId, month, used, limit, warnedAt: nowMs });
    if (isFirst) eventLog.record({ event: 'quota.warned', accountId, month, used, limit });
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'quota', reason: describeFailure(error) });
  }
}
