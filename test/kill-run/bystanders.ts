// What goes on beside a run: the rows are watched, and a run that has only to wait for a lease to run out is helped on.
import { setTimeout as pause } from 'node:timers/promises';
import { PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';
import type { Run } from './run.ts';

const LOOK_EVERY_MS = 1_000;
const ROWS_AT_ONCE = 100;
/** So long nothing ends before the clock is set ahead. */
const STALLED_MS = 4_000;

/** Looks at every job that is known, again and again, until the run is over. */
export async function watchRows({ cloud, handed, watch, over }: Pick<Run, 'cloud' | 'handed' | 'watch' | 'over'>) {
  while (!over.signal.aborted) {
    const jobIds = [...new Set(handed.map(({ jobId }) => jobId))];
    for (let at = 0; at < jobIds.length && cloud.isUp; at += ROWS_AT_ONCE) {
      // The cloud may be killed meanwhile.
      watch.see(
        await cloud
          .access()
          .jobs.findMany(jobIds.slice(at, at + ROWS_AT_ONCE))
          .catch(() => []),
      );
    }
    await pauseFor(LOOK_EVERY_MS, over.signal);
  }
}

/** Jobs whose agent died with their lease wait for its end, and for nothing else. How often time was made to pass. */
export async function helpOn({ cloud, clock, endedCount, over }: Pick<Run, 'cloud' | 'clock' | 'endedCount' | 'over'>) {
  let [steps, ended, since] = [0, -1, performance.now()];
  while (!over.signal.aborted) {
    if (!cloud.isUp || endedCount() !== ended) [ended, since] = [endedCount(), performance.now()];
    if (performance.now() - since > STALLED_MS) {
      clock.step(PAST_A_LEASE_MS);
      [steps, since] = [steps + 1, performance.now()];
    }
    await pauseFor(LOOK_EVERY_MS, over.signal);
  }
  return steps;
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {});
}
