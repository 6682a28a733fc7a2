// A value that a warm function caches, and keeps longer when a fresh one cannot be read.
import type { Clock } from '../../relay/model/ports.ts';

export interface CacheOptions {
  /** How long a value is fresh. */
  readonly seconds: number;
  /** How long to wait before the next read after one that failed or returned a value that was not acceptable. */
  readonly retrySeconds: number;
  readonly clock: Clock;
}

export interface CachedValue<T> {
  /**
   * Returns the value. A cached value that is not acceptable is read again, but not within `retrySeconds` after such a
   * read returned another unacceptable one.
   */
  read(isAcceptable?: (value: T) => boolean): Promise<T>;
  /** Caches a value that was read or written elsewhere. */
  set(value: T): void;
}

/**
 * Returns a cache in front of `load`. When `load` fails, an old value is better than none, and the next read comes only
 * after `retrySeconds`. The failure is thrown only when no value was ever read.
 */
export function cacheValue<T>(load: () => Promise<T>, { seconds, retrySeconds, clock }: CacheOptions): CachedValue<T> {
  let cached: { readonly value: T; readonly until: number } | undefined;
  let noReloadUntil = 0;
  const set = (value: T, until = clock() + seconds * 1000) => {
    cached = { value, until };
  };
  return {
    set: (value) => set(value),
    async read(isAcceptable = () => true) {
      const nowMs = clock();
      const mustReload = cached && !isAcceptable(cached.value) && nowMs >= noReloadUntil;
      if (cached && nowMs < cached.until && !mustReload) return cached.value;
      try {
        set(await load(), nowMs + seconds * 1000);
      } catch (error) {
        if (!cached) throw error;
        set(cached.value, Math.max(cached.until, nowMs + retrySeconds * 1000));
      }
      const { value } = cached as { value: T };
      if (!isAcceptable(value)) noReloadUntil = nowMs + retrySeconds * 1000;
      return value;
    },
  };
}
