// The monthly quota window, in UTC.

/** `2026-11` for any time in that month. */
export function quotaWindowOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

export function secondsUntilNextWindow(nowMs: number): number {
  const now = new Date(nowMs);
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return Math.max(1, Math.ceil((next - nowMs) / 1000));
}
