// Quota: what an account may submit in a month and in a minute, and what its partner is told about that.

import { LIMITS } from '../../api/limits.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import type { Refusal } from '../model/http-response.ts';
import type { QuotaLimits, QuotaUse } from '../model/ports.ts';
import { secondsUntilNextMinute, secondsUntilNextMonth } from '../model/quota-window.ts';
import type { Account } from '../model/records.ts';
import { type WarningPorts, warnIfDue } from './quota-warning.ts';
import { rateLimitFields } from './rate-limit-fields.ts';

export function quotaLimitsOf({ jobsPerMonth, jobsPerMinute = LIMITS.jobsPerMinute }: Account): QuotaLimits {
  return { jobsPerMonth, jobsPerMinute };
}

/** Takes one unit for each job, or none: then the refusal. Either way the fields for the answer's head. */
export async function takeUnits(
  ports: WarningPorts,
  { account, nowMs }: PartnerCall,
  units: number,
): Promise<{ readonly headers: Readonly<Record<string, string>> } | Refusal> {
  const limits = quotaLimitsOf(account);
  const { taken, ...state } = await ports.quota.take(account.accountId, units, limits, nowMs);
  await warnIfDue(ports, account, state, nowMs);
  const { used } = state;
  const headers = rateLimitFields(limits, used, nowMs);
  return taken ? { headers } : refuse(limits, used, { units, nowMs, headers });
}

/** Takes a unit for each of as many jobs as both windows have left. `refusal` is for the jobs beyond. */
export async function takeUnitsUpTo(
  ports: WarningPorts,
  { account, nowMs }: PartnerCall,
  units: number,
): Promise<{ readonly taken: number; readonly headers: Readonly<Record<string, string>>; readonly refusal: Refusal }> {
  const limits = quotaLimitsOf(account);
  const { taken, ...state } = await ports.quota.takeUpTo(account.accountId, units, limits, nowMs);
  await warnIfDue(ports, account, state, nowMs);
  const { used } = state;
  const headers = rateLimitFields(limits, used, nowMs);
  return { taken, headers, refusal: refuse(limits, used, { units: 1, nowMs, headers }) };
}

interface Refused {
  readonly units: number;
  readonly nowMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

function refuse(limits: QuotaLimits, used: QuotaUse, { units, nowMs, headers }: Refused): Refusal {
  // The minute's end is no use to anybody who must wait for the month's.
  const isMonthFull = used.month + units > limits.jobsPerMonth;
  const retryAfter = isMonthFull ? secondsUntilNextMonth(nowMs) : secondsUntilNextMinute(nowMs);
  return {
    problem: 'quota_exceeded',
    reason: isMonthFull ? 'the month’s jobs are used up' : 'the minute’s jobs are used up',
    detail: isMonthFull
      ? `The account may submit ${limits.jobsPerMonth} jobs a month, and has too few of them left.`
      : `The account may submit ${limits.jobsPerMinute} jobs a minute, and has too few of them left.`,
    headers: { 'retry-after': String(retryAfter), ...headers },
  };
}
