// Waiting until a change of a row is obeyed everywhere: functions keep rows for a while, and finish what they began.

import type { Clock } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

export interface Waiting {
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Resolves when no function acts on what was before `changedAt` (epoch milliseconds). Tells how long that takes. */
export async function awaitCacheExpiry(
  { clock, sleep }: Waiting,
  changedAt: number,
  onWait: (seconds: number) => void = () => {},
): Promise<void> {
  const leftMs = changedAt + TUNING.cacheExpirySeconds * 1000 - clock();
  if (leftMs <= 0) return;
  onWait(Math.ceil(leftMs / 1000));
  await sleep(leftMs);
}
