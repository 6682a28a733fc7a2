// Every order in which the calls of requests at the same time can have their effects: all of them, not a sample.
import { setImmediate as settle } from 'node:timers/promises';
import { aroundCalls } from './around-calls.ts';

/** Picks which of so many waiting calls goes on. */
export type Choose = (options: number) => number;

export interface Turnstile {
  /** Copies of the ports, of which these take turns. */
  readonly wrap: <P extends object>(ports: P, takingTurns: readonly (keyof P)[]) => P;
  /** Lets one call after the other go on, until the work is done. */
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
}

/** Runs it once for each order, in a world of its own. Gives how many there were. */
export function inEveryOrder(run: (turnstile: Turnstile) => Promise<void>): Promise<number> {
  return withEveryChoice((choose) => run(createTurnstile(choose)));
}

/** Runs it once for each way to choose. Gives how many there were. */
export async function withEveryChoice(run: (choose: Choose) => Promise<void>): Promise<number> {
  const path: { choice: number; readonly options: number }[] = [];
  let orders = 0;
  do {
    let step = 0;
    await run((options) => {
      path[step] ??= { choice: 0, options };
      step += 1;
      return path[step - 1]?.choice ?? 0;
    });
    orders += 1;
  } while (goOn(path));
  return orders;
}

/** To the next path through the tree of choices; false behind the last. */
function goOn(path: { choice: number; readonly options: number }[]): boolean {
  while (path.length > 0) {
    const last = path.at(-1);
    if (last && last.choice + 1 < last.options) {
      last.choice += 1;
      return true;
    }
    path.pop();
  }
  return false;
}

function createTurnstile(choose: Choose): Turnstile {
  const waiting: (() => void)[] = [];
  return {
    wrap: (ports, takingTurns) =>
      aroundCalls(ports, async (name, call) => {
        if (!takingTurns.some((port) => name.startsWith(`${String(port)}.`))) return call();
        await new Promise<void>((resolve) => waiting.push(resolve));
        return call();
      }),
    async drive(work) {
      let isDone = false;
      const finish = () => {
        isDone = true;
      };
      work.then(finish, finish);
      for (await settle(); !isDone; await settle()) {
        const [next] = waiting.splice(choose(waiting.length), 1);
        if (!next) throw new Error('The work waits for something else than its turn.');
        next();
      }
      return work;
    },
  };
}
