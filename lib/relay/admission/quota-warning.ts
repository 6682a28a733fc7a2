// The warning that an account has used most of its jobs of a month. Written once a month; the stream turns it into an event.

import { LIMITS } from '../../api/limits.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, QuotaLedger, QuotaState } from '../model/ports.ts';
import { quotaWindowOf } from '../model/quota-window.ts';
import type { Account } from '../model/records.ts';

/** The ports that taking units and writing the warning need. */
export interface WarningPorts {
  readonly quota: Pick<QuotaLedger, 'take' | 'takeUpTo' | 'recordWarning'>;
  readonly eventLog: EventLog;
}

/** Returns true when at least `LIMITS.quotaWarningPercent` of the limit is used. Never true for a limit of 0. */
export function isWarningDue(used: number, limit: number): boolean {
  return limit > 0 && used * 100 >= limit * LIMITS.quotaWarningPercent;
}

/**
 * Writes the warning of the month if it is due and not written. Call it after every take of units, granted or not: then
 * the next take makes up for a warning that a crash or a failure prevented. Makes no call once the warning is written.
 * It throws nothing and logs a failure, because an admission must not depend on the warning.
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
