// Things that were started and can be stopped, in the reverse order of their start.

/** Something that can be stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** A list of started things. */
export interface Started {
  /** Adds a thing to the list and returns it. */
  add<T extends Stoppable>(thing: T): T;
  stop(): Promise<void>;
}

/**
 * Returns an empty list of started things. `stop` stops all of them, also when some fail to stop.
 * @throws AggregateError from `stop`, after the last one, when any failed.
 */
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

/** Returns several things as one that stops them concurrently. The list may still grow. */
export function stopTogether(things: readonly Stoppable[]): Stoppable {
  return {
    stop: async () => {
      await Promise.all(things.map((thing) => thing.stop()));
    },
  };
}

/** Resolves when all promises have settled or when the time is over, and leaves no timer behind. */
export async function settledWithin(promises: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeOver = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(promises), timeOver]);
  clearTimeout(timer);
}
