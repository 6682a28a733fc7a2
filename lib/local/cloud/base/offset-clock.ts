// The emulated machine's clock: the real time plus an offset that all its threads share.

/** The clock and its offset. */
export interface OffsetClock {
  /** One 64-bit integer of milliseconds that every worker reads. */
  readonly offset: SharedArrayBuffer;
  /** Epoch milliseconds. */
  now(): number;
  setOffset(ms: number): void;
}

/** Returns a clock without an offset. */
export function createOffsetClock(): OffsetClock {
  const offset = new SharedArrayBuffer(8);
  const cell = new BigInt64Array(offset);
  return {
    offset,
    now: () => Date.now() + Number(Atomics.load(cell, 0)),
    setOffset: (ms) => {
      Atomics.store(cell, 0, BigInt(Math.round(ms)));
    },
  };
}
