// A clock of the laptop cloud that a test can advance while `npm start` runs, so that leases and visibility timeouts expire at
// once. Timers stay real, and so do the clocks of agents and partners, which run on other machines.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../../lib/api/limits.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';

const PRELOAD = new URL('step-clock.mjs', import.meta.url).href;

/** A step after which every earlier lease has expired, and every message that was hidden for one is visible. */
export const PAST_A_LEASE_MS = (LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds + 1) * 1000;

export interface SteppedClock {
  /** How far the clock is ahead of the real time. */
  readonly offsetMs: number;
  /** Advances the clock. The laptop cloud follows within some milliseconds. */
  step(ms: number): void;
  /** Returns the environment in which a laptop cloud uses this clock, also after a restart. */
  under(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}

/** Returns a clock that starts at the real time. It keeps its offset in a file in the data directory. */
export function createSteppedClock(dataDir: string): SteppedClock {
  const file = join(dataDir, 'test-clock');
  let offsetMs = 0;
  const write = () => {
    // The file is replaced as a whole, because reading an empty file would set the clock back.
    writeFileSync(`${file}.new`, String(offsetMs), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write();
  return {
    get offsetMs() {
      return offsetMs;
    },
    step(ms) {
      offsetMs += ms;
      write();
    },
    under: (environment) => ({
      ...environment,
      SIGNET_TEST_CLOCK: file,
      NODE_OPTIONS: [environment['NODE_OPTIONS'], `--import=${PRELOAD}`].join(' ').trim(),
    }),
  };
}
