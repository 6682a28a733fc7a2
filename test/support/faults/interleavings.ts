// Runs concurrent requests in every possible order of their calls: all orders, not a sample.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { aroundCalls } from './around-calls.ts';

/** Returns the index of the waiting call that continues, out of `options`. */
export type Choose = (options: number) => number;

/** Holds calls back and lets them continue one at a time. */
export interface Turnstile {
  /** Returns copies of the ports, in which the calls to the named ports wait for their turn. */
  readonly wrap: <P extends object>(ports: P, takingTurns: readonly (keyof P)[]) => P;
  /** Lets one waiting call after the other continue, until the work is done. Returns the result of the work. */
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
}

/** Calls `run` once for each order; `run` must create a new world each time. Returns the number of orders. */
export function inEveryOrder(run: (turnstile: Turnstile) => Promise<void>): Promise<number> {
  return withEveryChoice((choose) => run(createTurnstile(choose)));
}

/** Calls `run` once for each sequence of choices. Returns the number of sequences. */
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
  } while (moveToNextPath(path));
  return orders;
}

/** Moves to the next path through the tree of choices. Returns false after the last one. */
function moveToNextPath(path: { choice: number; readonly options: number }[]): boolean {
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
      for (await nextTurn(); !isDone; await nextTurn()) {
        const [next] = waiting.splice(choose(waiting.length), 1);
        if (!next) throw new Error('The work waits for something other than its turn.');
        next();
      }
      return work;
    },
  };
}
