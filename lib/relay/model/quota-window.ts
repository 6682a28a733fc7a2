// The quota windows, in UTC: the month, and the minute that limits bursts. Times are epoch milliseconds.

/** Returns the month of a time, as in `2026-11`. */
export function quotaWindowOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

/** Returns the minute of a time, as in `2026-11-22T12:00`. These texts sort by time, and start with their month. */
export function quotaMinuteOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 16);
}

/** Returns the time at which the next month begins. */
export function nextMonthAt(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}

/** Returns the time at which the next minute begins. */
export function nextMinuteAt(nowMs: number): number {
  return (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
}

const MINUTE_MS = 60_000;

/** Returns the seconds until the next month begins, rounded up and at least 1. */
export function secondsUntilNextMonth(nowMs: number): number {
  return secondsUntil(nextMonthAt(nowMs), nowMs);
}

/** Returns the seconds until the next minute begins, rounded up and at least 1. */
export function secondsUntilNextMinute(nowMs: number): number {
  return secondsUntil(nextMinuteAt(nowMs), nowMs);
}

/** Returns the length of the month of a time, in seconds. */
export function secondsOfMonth(nowMs: number): number {
  return (nextMonthAt(nowMs) - Date.parse(`${quotaWindowOf(nowMs)}-01T00:00:00Z`)) / 1000;
}

/** Rounds up, so that a caller who waits this long does not come too early. */
function secondsUntil(then: number, nowMs: number): number {
  return Math.max(1, Math.ceil((then - nowMs) / 1000));
}
