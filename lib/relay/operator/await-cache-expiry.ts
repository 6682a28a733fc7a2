// Waits until every function acts on a changed row. Functions cache rows and finish the calls that they have begun.

import type { Clock } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

export interface WaitPorts {
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Resolves when no function acts on a row as it was before `changedAt`.
 *
 * @param changedAt Epoch milliseconds.
 * @param onWait Gets the seconds to wait, before the wait begins. It is not called if there is nothing to wait for.
 */
export async function awaitCacheExpiry(
  { clock, sleep }: WaitPorts,
  changedAt: number,
  onWait: (seconds: number) => void = () => {},
): Promise<void> {
  const leftMs = changedAt + TUNING.cacheExpirySeconds * 1000 - clock();
  if (leftMs <= 0) return;
  onWait(Math.ceil(leftMs / 1000));
  await sleep(leftMs);
}
