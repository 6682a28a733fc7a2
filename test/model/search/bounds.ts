// The bounds of the model's searches. SIGNET_MODEL_SECONDS=600 bounds each search by that time instead of by its depth.

const SECONDS = Number(process.env['SIGNET_MODEL_SECONDS'] ?? 0);

/** True if SIGNET_MODEL_SECONDS is set. */
export const IS_LONG = SECONDS > 0;

/** The time-out of one test: the time of a search and some time to finish. */
export const TEST_TIMEOUT_MS = IS_LONG ? SECONDS * 1000 + 120_000 : 60_000;

/** Returns a function that says whether a search may continue. Without SIGNET_MODEL_SECONDS it always may. */
export function createTimeLimit(): () => boolean {
  const until = performance.now() + SECONDS * 1000;
  return () => !IS_LONG || performance.now() < until;
}

export const LONG_SECONDS = SECONDS;

const seed = process.env['SIGNET_MODEL_SEED'];

/** Options for fast-check. A failing run prints its seed; SIGNET_MODEL_SEED=<seed> repeats the run. */
export const SEED = seed === undefined ? {} : { seed: Number(seed) };
