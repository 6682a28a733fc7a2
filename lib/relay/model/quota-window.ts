// The quota windows, in UTC: the month, and the minute for bursts.

/** `2026-11` for any time in that month. */
export function quotaWindowOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

/** `2026-11-22T12:00` for any time in that minute. Sorts as text, and begins with its month. */
export function quotaMinuteOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 16);
}

export function nextMonthAt(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}

export function nextMinuteAt(nowMs: number): number {
  return (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
}

const MINUTE_MS = 60_000;

export function secondsUntilNextWindow(nowMs: number): number {
  return secondsUntil(nextMonthAt(nowMs), nowMs);
}

export function secondsUntilNextMinute(nowMs: number): number {
  return secondsUntil(nextMinuteAt(nowMs), nowMs);
}

/** How long this month is. */
export function secondsOfMonth(nowMs: number): number {
  return (nextMonthAt(nowMs) - Date.parse(`${quotaWindowOf(nowMs)}-01T00:00:00Z`)) / 1000;
}

/** Rounded up: who waits that long does not come too early. */
function secondsUntil(then: number, nowMs: number): number {
  return Math.max(1, Math.ceil((then - nowMs) / 1000));
}
