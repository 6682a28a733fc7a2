// An asynchronous map that limits how many calls run in parallel.

/**
 * Calls `act` for each item, at most `concurrency` calls at a time, and returns the results in the order of the items.
 * Rejects with the first failure, but does not stop the other calls.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  concurrency: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const remaining = items.entries();
  const work = async () => {
    for (const [index, item] of remaining) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
  return results;
}
