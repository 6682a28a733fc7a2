// Quota: takes units for jobs, and describes the quota in headers and refusals.

import { LIMITS } from '../../api/limits.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import type { Refusal } from '../model/http-response.ts';
import type { QuotaLimits, QuotaUse } from '../model/ports.ts';
import { secondsUntilNextMinute, secondsUntilNextMonth } from '../model/quota-window.ts';
import type { Account } from '../model/records.ts';
import { type WarningPorts, warnIfDue } from './quota-warning.ts';
import { rateLimitFields } from './rate-limit-fields.ts';

/** Returns the limits of an account, with the default for the minute. */
export function quotaLimitsOf({ jobsPerMonth, jobsPerMinute = LIMITS.jobsPerMinute }: Account): QuotaLimits {
  return { jobsPerMonth, jobsPerMinute };
}

/** Takes all the units and returns the rate-limit headers, or takes none and returns a refusal with the same headers. */
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

/** Takes as many of the units as both windows have left, and returns how many. `refusal` is for jobs without a unit. */
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

interface RefusalContext {
  readonly units: number;
  readonly nowMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

function refuse(limits: QuotaLimits, used: QuotaUse, { units, nowMs, headers }: RefusalContext): Refusal {
  // A caller whose month is used up must wait for the next month, so the end of the minute would mislead.
  const isMonthFull = used.month + units > limits.jobsPerMonth;
  const retryAfter = isMonthFull ? secondsUntilNextMonth(nowMs) : secondsUntilNextMinute(nowMs);
  return {
    problem: 'quota_exceeded',
    reason: isMonthFull ? 'the quota of the month is used up' : 'the quota of the minute is used up',
    detail: isMonthFull
      ? `The account may submit ${limits.jobsPerMonth} jobs a month, and has too few left for this request.`
      : `The account may submit ${limits.jobsPerMinute} jobs a minute, and has too few left for this request.`,
    headers: { 'retry-after': String(retryAfter), ...headers },
  };
}
