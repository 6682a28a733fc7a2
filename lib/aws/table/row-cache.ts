// A cache for the rows that every request reads. It caches only rows that exist.
import type { Clock } from '../../relay/model/ports.ts';

const CAPACITY = 1_000;

/**
 * Returns a loader that loads the same id once per `seconds`. It caches at most 1,000 rows and evicts the oldest. A row
 * that was read before `readSince` (epoch milliseconds) is read again.
 */
export function cacheRows<T>(
  load: (id: string) => Promise<T | undefined>,
  options: { readonly seconds: number; readonly clock: Clock },
): (id: string, readSince?: number) => Promise<T | undefined> {
  const rows = new Map<string, { readonly row: T; readonly readAt: number }>();
  return async (id, readSince = 0) => {
    const cached = rows.get(id);
    const readAt = options.clock();
    if (cached && readAt < cached.readAt + options.seconds * 1000 && cached.readAt >= readSince) return cached.row;
    rows.delete(id);
    const row = await load(id);
    if (row === undefined) return undefined;
    // Callers cache what they derive from a row under the row object, so an unchanged row stays the same object.
    const same = cached && JSON.stringify(cached.row) === JSON.stringify(row) ? cached.row : row;
    rows.set(id, { row: same, readAt });
    const [oldest] = rows.keys();
    if (rows.size > CAPACITY && oldest !== undefined) rows.delete(oldest);
    return same;
  };
}
