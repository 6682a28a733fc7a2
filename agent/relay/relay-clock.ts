// The relay's clock as this desktop knows it: our own plus an offset that every answer corrects.

/** Differences below this are the network's, not the clock's, and harmless to signatures (±300 s). */
const NOTABLE_SKEW_MS = 30_000;

export interface RelayClock {
  /** The relay's time, epoch milliseconds. */
  nowMs(): number;
  /** Takes the relay's word for the time. True when that moves our idea of it by a notable amount. */
  adopt(serverTimeMs: number): boolean;
  /** What has to be added to this machine's clock. */
  offsetMs(): number;
}

export function createRelayClock(localNowMs: () => number): RelayClock {
  let offsetMs = 0;
  return {
    nowMs: () => localNowMs() + offsetMs,
    adopt(serverTimeMs) {
      const newOffsetMs = serverTimeMs - localNowMs();
      const moved = Math.abs(newOffsetMs - offsetMs) >= NOTABLE_SKEW_MS;
      offsetMs = newOffsetMs;
      return moved;
    },
    offsetMs: () => offsetMs,
  };
}
