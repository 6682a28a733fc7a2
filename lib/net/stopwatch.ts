// A stopwatch that measures the phases of an exchange with a monotonic clock.
import type { ExchangeTiming } from './exchange.ts';

type Phase = 'dnsMs' | 'connectMs' | 'tlsMs' | 'firstByteMs';

/** Measures the phases of one exchange. */
export interface Stopwatch {
  /** Records the time since the last lap, or since the start, as the time of this phase. */
  lap(phase: Phase): void;
  read(): ExchangeTiming;
}

/** Starts and returns a stopwatch. `monotonicMs` is a monotonic clock in milliseconds. */
export function startStopwatch(monotonicMs: () => number): Stopwatch {
  const startedMs = monotonicMs();
  const phases: Partial<Record<Phase, number>> = {};
  let lapMs = startedMs;
  return {
    lap(phase) {
      const nowMs = monotonicMs();
      phases[phase] = roundMs(nowMs - lapMs);
      lapMs = nowMs;
    },
    read: () => ({ ...phases, totalMs: roundMs(monotonicMs() - startedMs) }),
  };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
