// Values that a warm function keeps for a while, and for longer when they cannot be read anew.
import type { Clock } from '../../relay/model/ports.ts';

export interface KeepOptions {
  /** How long a value is good. */
  readonly seconds: number;
  /** How long until the next try after one that failed, or that brought nothing new. */
  readonly retrySeconds: number;
  readonly clock: Clock;
}

export interface KeptValue<T> {
  /** Reads again a value that `suits` not, but not soon after it did so in vain. */
  read(suits?: (value: T) => boolean): Promise<T>;
  /** What somebody has read or written otherwise. */
  keep(value: T): void;
}

/**
 * An old value is better than none, and a service that does not answer is asked once in a while, not by every request.
 * Only where nothing was ever read does a failure show.
 */
export function keepValue<T>(load: () => Promise<T>, { seconds, retrySeconds, clock }: KeepOptions): KeptValue<T> {
  let kept: { readonly value: T; readonly until: number } | undefined;
  let inVainUntil = 0;
  const keep = (value: T, until = clock() + seconds * 1000) => {
    kept = { value, until };
  };
  return {
    keep: (value) => keep(value),
    async read(suits = () => true) {
      const nowMs = clock();
      const isWanted = kept && !suits(kept.value) && nowMs >= inVainUntil;
      if (kept && nowMs < kept.until && !isWanted) return kept.value;
      try {
        keep(await load(), nowMs + seconds * 1000);
      } catch (error) {
        if (!kept) throw error;
        keep(kept.value, Math.max(kept.until, nowMs + retrySeconds * 1000));
      }
      const { value } = kept as { value: T };
      if (!suits(value)) inVainUntil = nowMs + retrySeconds * 1000;
      return value;
    },
  };
}
