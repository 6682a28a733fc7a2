// The bounds of the model's searches. `npm test` searches a step less deep than `npm run test:model`, which sets
// SIGNET_MODEL_DEPTH=full. SIGNET_MODEL_SECONDS=600 bounds each search by that time instead of by its depth.

const SECONDS = Number(process.env['SIGNET_MODEL_SECONDS'] ?? 0);

/** True if SIGNET_MODEL_SECONDS is set. */
export const IS_LONG = SECONDS > 0;

/** True if SIGNET_MODEL_DEPTH is `full`. */
export const IS_DEEP = process.env['SIGNET_MODEL_DEPTH'] === 'full';

/** How deep one search goes, and the fewest states and transitions that it must find. A search that finds less has shrunk. */
export interface Bounds {
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
}

/** The time-out of one test: the time of a search and some time to finish. */
export const TEST_TIMEOUT_MS = IS_LONG ? SECONDS * 1000 + 120_000 : 300_000;

/** Returns a function that says whether a search may continue. Without SIGNET_MODEL_SECONDS it always may. */
export function createTimeLimit(): () => boolean {
  const until = performance.now() + SECONDS * 1000;
  return () => !IS_LONG || performance.now() < until;
}

export const LONG_SECONDS = SECONDS;

const seed = process.env['SIGNET_MODEL_SEED'];

/** Options for fast-check. A failing run prints its seed; SIGNET_MODEL_SEED=<seed> repeats the run. */
export const SEED = seed === undefined ? {} : { seed: Number(seed) };
