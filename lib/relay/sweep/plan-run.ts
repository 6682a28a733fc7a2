// Chooses what one run handles: jobs and deliveries have budgets of their own, and accounts share each budget.

import { mapConcurrently } from '../model/map-concurrently.ts';
import type { DueDelivery, DueItem, DueJob } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

/** The due rows among which a run chooses, each kind oldest first. */
export interface Candidates {
  readonly jobs: readonly DueJob[];
  readonly deliveries: readonly DueDelivery[];
  /** True if there are more due rows than were read. */
  readonly hasMore: boolean;
}

/** Reads due rows until there are enough of both kinds. A job counts once `jobsUntilMs` has reached its `dueAt`. */
export async function readCandidates(items: AsyncIterable<DueItem>, jobsUntilMs: number): Promise<Candidates> {
  const jobs = new Map<string, DueJob>();
  const deliveries = new Map<string, DueDelivery>();
  const candidates = (hasMore: boolean) => {
    return { jobs: [...jobs.values()], deliveries: [...deliveries.values()], hasMore };
  };
  let scanned = 0;
  for await (const item of items) {
    const isFull = Math.min(jobs.size, deliveries.size) >= TUNING.sweepCandidates;
    if (isFull || scanned === TUNING.sweepScannedRows) return candidates(true);
    scanned += 1;
    // The index can name a row twice while its `dueAt` moves.
    if (item.kind === 'delivery') addUpTo(deliveries, `${item.endpointId} ${item.eventId}`, item);
    else if (item.dueAt <= jobsUntilMs) addUpTo(jobs, item.jobId, item);
  }
  return candidates(false);
}

/** Adds an item, unless there are enough or there is one with this key. */
function addUpTo<T>(items: Map<string, T>, key: string, item: T): void {
  if (items.size < TUNING.sweepCandidates && !items.has(key)) items.set(key, item);
}

/**
 * Returns all items in the order in which a run handles them: oldest first if the budget is enough for all. Otherwise the
 * accounts take turns, each with its oldest item, so that a backlog of one account delays no other account.
 *
 * @param findOwners Returns the account of each item of a chunk, or undefined if the item has none or cannot be read.
 */
export async function orderFairly<T>(
  items: readonly T[],
  budget: number,
  findOwners: (chunk: readonly T[]) => Promise<readonly (string | undefined)[]>,
): Promise<readonly T[]> {
  if (items.length <= budget) return items;
  const chunks = chunksOf(items, TUNING.sweepItemsPerRead);
  const owners = (await mapConcurrently(chunks, TUNING.sweepConcurrency, findOwners)).flat();
  return takeTurns([...Map.groupBy(items, (_, index) => owners[index]).values()]);
}

/** Returns the first item of each list, then the second of each, and so on. */
export function takeTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const turns = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}

/** Returns the items in chunks of at most `size`, in order. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
