// Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").

const BASE_MS = 1_000;
export const BACK_OFF_CAP_MS = 60_000;

/**
 * Returns the milliseconds to wait before the next attempt, never more than `BACK_OFF_CAP_MS`.
 * `failures` is the number of failures in a row, at least 1. `random` is in [0, 1).
 */
export function backOffMs(failures: number, random: number): number {
  return Math.floor(random * Math.min(BACK_OFF_CAP_MS, BASE_MS * 2 ** Math.min(failures, 16)));
}
