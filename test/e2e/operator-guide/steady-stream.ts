// Requests at a steady rate, independent of how long each one takes.
import { until } from '../../support/laptop/laptop.ts';

export interface SteadyStream<T> {
  /** Resolves when `count` more requests were answered. */
  more(count: number): Promise<void>;
  /** Stops asking, and resolves with every answer when the last one is there. */
  stop(): Promise<readonly T[]>;
}

/** Starts `perSecond` requests a second. At most half as many wait for an answer at a time, so a busy machine gets fewer. */
export function startStream<T>(perSecond: number, ask: (index: number) => Promise<T>): SteadyStream<T> {
  const asked: Promise<T>[] = [];
  let answered = 0;
  const count = () => {
    answered += 1;
  };
  const timer = setInterval(() => {
    if (asked.length - answered > perSecond / 2) return;
    const answer = ask(asked.length);
    asked.push(answer);
    answer.then(count, count);
  }, 1000 / perSecond);
  return {
    async more(wanted) {
      const goal = answered + wanted;
      await until(`${wanted} more answers`, () => answered >= goal);
    },
    stop() {
      clearInterval(timer);
      return Promise.all(asked);
    },
  };
}
