// Rows that are read on every request, kept for a while in a warm function. Only what was found is kept.
import type { Clock } from '../../relay/model/ports.ts';

const CAPACITY = 1_000;

/**
 * Wraps a loader: the same id is loaded once per `seconds`. At most 1,000 rows, the oldest leave first.
 * A row that was read before `readSince` is read again.
 */
export function cacheRows<T>(
  load: (id: string) => Promise<T | undefined>,
  options: { readonly seconds: number; readonly clock: Clock },
): (id: string, readSince?: number) => Promise<T | undefined> {
  const rows = new Map<string, { readonly row: T; readonly readAt: number }>();
  return async (id, readSince = 0) => {
    const kept = rows.get(id);
    const readAt = options.clock();
    if (kept && readAt < kept.readAt + options.seconds * 1000 && kept.readAt >= readSince) return kept.row;
    rows.delete(id);
    const row = await load(id);
    if (row === undefined) return undefined;
    // What was made of a row is kept by the row itself, so one that has not changed stays the one it was.
    const same = kept && JSON.stringify(kept.row) === JSON.stringify(row) ? kept.row : row;
    rows.set(id, { row: same, readAt });
    const [oldest] = rows.keys();
    if (rows.size > CAPACITY && oldest !== undefined) rows.delete(oldest);
    return same;
  };
}
