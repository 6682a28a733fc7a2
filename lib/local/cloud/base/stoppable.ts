// Things that were started, stopped in the reverse order.

export interface Stoppable {
  stop(): Promise<void>;
}

export interface Started {
  /** Remembers a thing to stop, and gives it back. */
  add<T extends Stoppable>(thing: T): T;
  stop(): Promise<void>;
}

/** Whatever a stop fails with, the others are stopped too. @throws AggregateError at the end, if any failed. */
export function collectStarted(): Started {
  const things: Stoppable[] = [];
  return {
    add: (thing) => {
      things.push(thing);
      return thing;
    },
    stop: async () => {
      const failures: unknown[] = [];
      for (let thing = things.pop(); thing; thing = things.pop()) {
        await thing.stop().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Parts of the laptop cloud did not stop.');
    },
  };
}

/** Several as one, stopped at the same time. The list may still grow. */
export function together(things: readonly Stoppable[]): Stoppable {
  return {
    stop: async () => {
      await Promise.all(things.map((thing) => thing.stop()));
    },
  };
}

/** Resolves when all have settled, or when the time is over; leaves no timer behind. */
export async function settledWithin(promises: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeOver = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(promises), timeOver]);
  clearTimeout(timer);
}
