// The emulated machine's clock: the real one plus an offset that all its threads share.

export interface MachineClock {
  /** One 64-bit integer, milliseconds; read by every worker. */
  readonly offset: SharedArrayBuffer;
  /** Epoch milliseconds. */
  now(): number;
  setOffset(ms: number): void;
}

export function createMachineClock(): MachineClock {
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
