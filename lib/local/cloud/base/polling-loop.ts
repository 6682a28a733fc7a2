// A loop that polls until it is stopped, and that continues after a failed step.
import { setTimeout as delay } from 'node:timers/promises';
import { type Stoppable, settledWithin } from './stoppable.ts';

const PAUSE_AFTER_FAILURE_MS = 500;
/** How long a stop waits for the current step, for example for a function that is still running. */
const STOP_WITHIN_MS = 2_000;

/**
 * Runs `step` repeatedly. A step that throws is repeated after a pause. `stop` fires the step's signal and waits
 * briefly for the step.
 */
export function startLoop(step: (signal: AbortSignal) => Promise<void>): Stoppable {
  const stopping = new AbortController();
  const running = run(step, stopping.signal);
  return {
    stop: () => {
      stopping.abort();
      return settledWithin([running], STOP_WITHIN_MS);
    },
  };
}

/** Resolves after `ms` milliseconds, or at once when the signal fires. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

async function run(step: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await step(signal).catch(() => pause(PAUSE_AFTER_FAILURE_MS, signal));
  }
}
