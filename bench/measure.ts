// Measures subjects in interleaved rounds, so that a machine that is slow for some time affects all of them.
import type { Subject } from './subject.ts';

/** The measured times of a subject. */
export interface Timing {
  readonly name: string;
  /** Nanoseconds for one message. */
  readonly medianNs: number;
  /** The first and the third quartile of the rounds. */
  readonly quartilesNs: readonly [number, number];
  /** The median of the ratios within each round. */
  readonly timesFloor: number;
}

/** Runs the rounds and returns the times of every subject. `floor` is the name of the subject for the ratios. */
export async function measure(
  subjects: readonly Subject[],
  { rounds, warmUpRounds, floor }: { readonly rounds: number; readonly warmUpRounds: number; readonly floor: string },
): Promise<readonly Timing[]> {
  for (let round = 0; round < warmUpRounds; round += 1) await timeRound(subjects);
  const measured: ReadonlyMap<string, number>[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await timeRound(subjects));
  return subjects.map(({ name }) => {
    const times = measured.map((round) => round.get(name) ?? Number.NaN);
    const ratios = measured.map((round) => (round.get(name) ?? Number.NaN) / (round.get(floor) ?? Number.NaN));
    return {
      name,
      medianNs: quantile(times, 0.5),
      quartilesNs: [quantile(times, 0.25), quantile(times, 0.75)],
      timesFloor: quantile(ratios, 0.5),
    };
  });
}

/**
 * Returns the nanoseconds for one message, by subject. The order is random, or the same subject would always pay for the
 * garbage of the one before it.
 */
async function timeRound(subjects: readonly Subject[]): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const subject of shuffled(subjects)) {
    const start = process.hrtime.bigint();
    const done = subject.verifyAll();
    if (done) await done;
    times.set(subject.name, Number(process.hrtime.bigint() - start) / subject.messages);
  }
  return times;
}

function shuffled<T>(items: readonly T[]): T[] {
  const ordered = items.map((item) => ({ item, order: Math.random() }));
  return ordered.sort((a, b) => a.order - b.order).map(({ item }) => item);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
