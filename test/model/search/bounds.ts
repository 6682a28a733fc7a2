// How far the model goes. SIGNET_MODEL_SECONDS=600 lets each of its searches take that long, and go as far as it gets.

const SECONDS = Number(process.env['SIGNET_MODEL_SECONDS'] ?? 0);

/** Whether somebody takes the time. */
export const IS_LONG = SECONDS > 0;

/** For a test that may take all of it, and then has a little to finish. */
export const TEST_TIMEOUT_MS = IS_LONG ? SECONDS * 1000 + 120_000 : 60_000;

/** True for as long as it may go on; without the flag always, and a depth is the bound. */
export function createPatience(): () => boolean {
  const until = performance.now() + SECONDS * 1000;
  return () => !IS_LONG || performance.now() < until;
}

export const LONG_SECONDS = SECONDS;

const seed = process.env['SIGNET_MODEL_SEED'];

/** A failing run prints its seed: SIGNET_MODEL_SEED=<seed> draws the same again. */
export const SEED = seed === undefined ? {} : { seed: Number(seed) };
