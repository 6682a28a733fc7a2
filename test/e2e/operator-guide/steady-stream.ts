// A stream of requests at a steady rate, which does not depend on the duration of each request.
import { until } from '../../support/laptop/laptop.ts';

export interface SteadyStream<T> {
  /** Resolves when `count` more requests were answered. */
  more(count: number): Promise<void>;
  /** Stops the stream and returns all answers. */
  stop(): Promise<readonly T[]>;
}

/** Starts a stream. At most half a second's requests are unanswered at a time, so a busy machine sends fewer. */
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
