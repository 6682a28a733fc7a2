// The headers RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers).
import type { QuotaLimits, QuotaUse } from '../model/ports.ts';
import { secondsOfMonth, secondsUntilNextMinute, secondsUntilNextMonth } from '../model/quota-window.ts';

/** Returns both headers. Each lists the same two policies, `minute` and `month`. One unit is one job. */
export function rateLimitFields(limits: QuotaLimits, used: QuotaUse, nowMs: number): Readonly<Record<string, string>> {
  const minute = {
    quota: limits.jobsPerMinute,
    window: 60,
    left: limits.jobsPerMinute - used.minute,
    reset: secondsUntilNextMinute(nowMs),
  };
  const month = {
    quota: limits.jobsPerMonth,
    window: secondsOfMonth(nowMs),
    left: limits.jobsPerMonth - used.month,
    reset: secondsUntilNextMonth(nowMs),
  };
  const rows = Object.entries({ minute, month });
  return {
    'ratelimit-policy': rows.map(([name, { quota, window }]) => `"${name}";q=${quota};w=${window}`).join(', '),
    // More may be used than the limit allows, if the limit was lowered.
    ratelimit: rows.map(([name, { left, reset }]) => `"${name}";r=${Math.max(0, left)};t=${reset}`).join(', '),
  };
}
