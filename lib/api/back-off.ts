// How long to wait after failures in a row: full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").

const BASE_MS = 1_000;
export const BACK_OFF_CAP_MS = 60_000;

/** `failures` counts from 1, `random` is in [0, 1). */
export function backOffMs(failures: number, random: number): number {
  return Math.floor(random * Math.min(BACK_OFF_CAP_MS, BASE_MS * 2 ** Math.min(failures, 16)));
}
