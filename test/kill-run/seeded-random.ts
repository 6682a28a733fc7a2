// Random numbers that a seed repeats.
import { createHash } from 'node:crypto';

export interface SeededRandom {
  /** Returns a number from 0 up to, but not including, 1. */
  next(): number;
  /** Returns a whole number from 0 up to, but not including, the limit. */
  below(limit: number): number;
}

/** Returns a generator. Each number is derived from the SHA-256 of the seed and a counter. */
export function createSeededRandom(seed: number): SeededRandom {
  let count = 0;
  const next = () => {
    count += 1;
    return createHash('sha256').update(`${seed}.${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  return { next, below: (limit) => Math.floor(next() * limit) };
}
