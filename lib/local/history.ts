// A list of what happened, for callers that wait for something whether it has happened already or not.

/** The newest entries. */
export interface History<T> {
  add(entry: T): void;
  /** The stored entries, oldest first. */
  all(): readonly T[];
  /** Resolves with the first entry that matches, past or future, or with undefined after `timeoutMs`. */
  waitFor(matches: (entry: T) => boolean, timeoutMs: number): Promise<T | undefined>;
}

/** Returns an empty history that stores the newest `capacity` entries. */
export function createHistory<T>(capacity: number): History<T> {
  const entries: T[] = [];
  const waiting = new Set<() => void>();
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > capacity) entries.shift();
      for (const look of waiting) look();
    },
    all: () => entries,
    waitFor(matches, timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<T | undefined>();
      const look = () => {
        const found = entries.find(matches);
        if (found !== undefined) resolve(found);
      };
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
  };
}
