// Randomness that a seed repeats.
import { createHash } from 'node:crypto';

export interface Dice {
  /** In [0, 1). */
  roll(): number;
  /** A whole number from 0, below the limit. */
  below(limit: number): number;
}

/** Each roll is the hash of seed and count. */
export function createDice(seed: number): Dice {
  let count = 0;
  const roll = () => {
    count += 1;
    return createHash('sha256').update(`${seed}.${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  return { roll, below: (limit) => Math.floor(roll() * limit) };
}
