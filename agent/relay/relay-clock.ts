// The relay's clock as this desktop knows it: its own clock plus an offset that every answer corrects.

/** A smaller difference comes from the network, not from the clock, and does not affect signatures (±300 s). */
const NOTABLE_SKEW_MS = 30_000;

/** The clock of the relay. */
export interface RelayClock {
  /** The relay's time in epoch milliseconds. */
  nowMs(): number;
  /** Sets the clock to the relay's time. Returns true when that changes the offset notably. */
  sync(serverTimeMs: number): boolean;
  /** Milliseconds to add to this machine's clock. */
  offsetMs(): number;
}

/** Returns a clock that equals this machine's clock at first. */
export function createRelayClock(localNowMs: () => number): RelayClock {
  let offsetMs = 0;
  return {
    nowMs: () => localNowMs() + offsetMs,
    sync(serverTimeMs) {
      const newOffsetMs = serverTimeMs - localNowMs();
      const moved = Math.abs(newOffsetMs - offsetMs) >= NOTABLE_SKEW_MS;
      offsetMs = newOffsetMs;
      return moved;
    },
    offsetMs: () => offsetMs,
  };
}
