// The clock of a laptop cloud's machine, which a test may set ahead while `npm start` runs: leases and the hiding of messages
// run out at once. Timers stay real, and so do the clocks of agents and partners, who are on other machines.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../../lib/api/limits.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';

const PRELOAD = new URL('step-clock.mjs', import.meta.url).href;

/** After such a step no lease of before is live, and no message hidden for one. */
export const PAST_A_LEASE_MS = (LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds + 1) * 1000;

export interface SteppedClock {
  /** What it is ahead of the real time by. */
  readonly offsetMs: number;
  /** The laptop follows within some milliseconds. A step forward alone. */
  step(ms: number): void;
  /** The environment in which a laptop has this clock, also after a restart. */
  under(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}

export function createSteppedClock(dataDir: string): SteppedClock {
  const file = join(dataDir, 'test-clock');
  let offsetMs = 0;
  const write = () => {
    // Whole or not at all: an empty file would be a step back.
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
