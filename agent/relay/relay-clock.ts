// The relay's clock as this desktop knows it: its own clock plus an offset that every answer corrects.

/** A smaller difference comes from the network, not from the clock, and does not affect signatures (±300 s). */
const NOTABLE_SKEW_MS = 30_000;

/** The clock of the relay. */
export interface RelayClock {
  /** The relay's time in epoch milliseconds. */
  nowMs(): number;
  /**
   * The same time, counted from the last answer with the monotonic clock. When this machine's clock is set, it does not
   * jump. It is late when the machine sleeps, until the next answer.
   */
  steadyNowMs(): number;
  /** Sets the clock to the relay's time. Returns true when that changes the offset notably. */
  sync(serverTimeMs: number): boolean;
  /** Milliseconds to add to this machine's clock. */
  offsetMs(): number;
}

/** Returns a clock that equals this machine's clock at first. Both arguments return milliseconds. */
export function createRelayClock(localNowMs: () => number, monotonicMs: () => number): RelayClock {
  let offsetMs = 0;
  let steadyOffsetMs = localNowMs() - monotonicMs();
  return {
    nowMs: () => localNowMs() + offsetMs,
    steadyNowMs: () => monotonicMs() + steadyOffsetMs,
    sync(serverTimeMs) {
      const newOffsetMs = serverTimeMs - localNowMs();
      const moved = Math.abs(newOffsetMs - offsetMs) >= NOTABLE_SKEW_MS;
      offsetMs = newOffsetMs;
      steadyOffsetMs = serverTimeMs - monotonicMs();
      return moved;
    },
    offsetMs: () => offsetMs,
  };
}
