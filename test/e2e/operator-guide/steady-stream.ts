// Requests that keep coming, however long each takes.
import { until } from '../../support/laptop/laptop.ts';

export interface SteadyStream<T> {
  /** Resolves when so many more were answered. */
  more(count: number): Promise<void>;
  /** Every answer, once all are there. */
  stop(): Promise<readonly T[]>;
}

/** So many a second. Never are more than half of that without an answer: a machine that has much else to do gets fewer. */
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
