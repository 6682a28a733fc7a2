// A stopwatch over a monotonic clock: the time of each phase, and of the whole.
import type { ExchangeTiming } from './exchange.ts';

type Phase = 'dnsMs' | 'connectMs' | 'tlsMs' | 'firstByteMs';

export interface Stopwatch {
  /** Books the time since the last lap, or since the start, under this phase. */
  lap(phase: Phase): void;
  read(): ExchangeTiming;
}

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
