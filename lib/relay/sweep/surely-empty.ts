// Finds out which job queues have surely run empty: two runs, at least a minute apart, found no message of any kind.

import type { EmptyQueues, Pool, QueueDepth, QueueDepths } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

export interface EmptyQueuePorts {
  readonly inventory: QueueDepths;
  readonly emptyQueues: EmptyQueues;
}

/**
 * Asks for the depth of a queue and records the answer. Returns the earlier time at which the queue was empty too, or
 * undefined if the queue has not surely run empty. Call it once a run for a pool. Epoch milliseconds.
 *
 * @throws DependencyUnavailable if a service fails. Then nothing is known of the queue.
 */
export async function findSurelyEmpty(
  { inventory, emptyQueues }: EmptyQueuePorts,
  pool: Pool,
  nowMs: number,
): Promise<number | undefined> {
  const [depth, emptyAt] = await Promise.all([inventory.depth(pool), emptyQueues.findEmptyAt(pool)]);
  if (!isEmpty(depth)) {
    if (emptyAt !== undefined) await emptyQueues.recordEmptyAt(pool, undefined);
    return undefined;
  }
  const isTooNew = emptyAt !== undefined && nowMs - emptyAt < TUNING.depthSettlesSeconds * 1000;
  if (!isTooNew) await emptyQueues.recordEmptyAt(pool, nowMs);
  return isTooNew ? undefined : emptyAt;
}

/** Returns true if the queue exists and has no message, whether visible, received or delayed. */
function isEmpty(depth: QueueDepth | undefined): boolean {
  return depth !== undefined && depth.visible + depth.inFlight + depth.delayed === 0;
}
