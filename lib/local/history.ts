// Things that happened, for those who wait for one of them, whether it has happened already or not.

export interface History<T> {
  add(one: T): void;
  /** Those still kept, oldest first. */
  all(): readonly T[];
  /** The first that fits, past or coming; undefined after `timeoutMs`. */
  waitFor(fits: (one: T) => boolean, timeoutMs: number): Promise<T | undefined>;
}

/** Keeps the newest so many. */
export function createHistory<T>(keep: number): History<T> {
  const kept: T[] = [];
  const waiting = new Set<() => void>();
  return {
    add(one) {
      kept.push(one);
      if (kept.length > keep) kept.shift();
      for (const look of waiting) look();
    },
    all: () => kept,
    waitFor(fits, timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<T | undefined>();
      const look = () => {
        const found = kept.find(fits);
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
