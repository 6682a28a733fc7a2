// Background tasks of a kill run: they observe the rows, and advance the clock when the run only waits for leases to expire.
import { setTimeout as pause } from 'node:timers/promises';
import { PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';
import type { Run } from './run.ts';

const INTERVAL_MS = 1_000;
const ROWS_AT_ONCE = 100;
/** The clock is advanced when no job has ended for this long. */
const STALLED_MS = 4_000;

/** Observes every submitted job's row, in intervals, until the run is over. */
export async function watchRows({
  cloud,
  submitted,
  watch,
  finished,
}: Pick<Run, 'cloud' | 'submitted' | 'watch' | 'finished'>) {
  while (!finished.signal.aborted) {
    const jobIds = [...new Set(submitted.map(({ jobId }) => jobId))];
    for (let at = 0; at < jobIds.length && cloud.isUp; at += ROWS_AT_ONCE) {
      // The cloud may be killed during the read.
      watch.observe(
        await cloud
          .access()
          .jobs.findMany(jobIds.slice(at, at + ROWS_AT_ONCE))
          .catch(() => []),
      );
    }
    await pauseFor(INTERVAL_MS, finished.signal);
  }
}

/**
 * Advances the clock past a lease whenever the run stalls, until it is over. A run stalls when its jobs are leased to agents
 * that were killed. Returns how often the clock was advanced.
 */
export async function advanceStalledClock({
  cloud,
  clock,
  endedCount,
  finished,
}: Pick<Run, 'cloud' | 'clock' | 'endedCount' | 'finished'>) {
  let [steps, ended, since] = [0, -1, performance.now()];
  while (!finished.signal.aborted) {
    if (!cloud.isUp || endedCount() !== ended) [ended, since] = [endedCount(), performance.now()];
    if (performance.now() - since > STALLED_MS) {
      clock.step(PAST_A_LEASE_MS);
      [steps, since] = [steps + 1, performance.now()];
    }
    await pauseFor(INTERVAL_MS, finished.signal);
  }
  return steps;
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {});
}
