// The instances of one function: warm ones are used again, cold ones start a few at a time, and nobody waits for a certain one.
import type { FunctionInstance } from './function-instance.ts';

export interface InstancePoolOptions {
  readonly functionName: string;
  /** How many there may be. */
  readonly concurrency: number;
  /**
   * How many may load at once. In Lambda each has a machine of its own; here they share one, and if a whole burst began
   * cold, all of them would be ready as late as the last, or too late.
   */
  readonly startsAtOnce: number;
  readonly start: () => FunctionInstance;
}

export interface InstancePool {
  /** Resolves with one that is free: maybe one that could not start, so that somebody hears why. */
  take(): Promise<FunctionInstance>;
  refund(instance: FunctionInstance): void;
  /** Whoever waits is refused. */
  stop(): Promise<void>;
}

export function createInstancePool({
  functionName,
  concurrency,
  startsAtOnce,
  start,
}: InstancePoolOptions): InstancePool {
  const all = new Set<FunctionInstance>();
  const idle: FunctionInstance[] = [];
  const waiting: PromiseWithResolvers<FunctionInstance>[] = [];
  let starting = 0;
  let isStopped = false;

  const startAsNeeded = () => {
    while (starting < Math.min(startsAtOnce, waiting.length) && all.size < concurrency) void startOne();
  };
  const startOne = async () => {
    const instance = start();
    all.add(instance);
    starting += 1;
    await instance.started;
    starting -= 1;
    offer(instance);
    startAsNeeded();
  };
  const offer = (instance: FunctionInstance) => {
    const next = waiting.shift();
    if (next) next.resolve(instance);
    else if (instance.isAlive) idle.push(instance);
    else all.delete(instance);
  };
  const takeWarm = () => {
    for (let warm = idle.pop(); warm; warm = idle.pop()) {
      if (warm.isAlive) return warm;
      all.delete(warm);
    }
    return undefined;
  };
  return {
    take: async () => {
      if (isStopped) throw stoppedError(functionName);
      const warm = takeWarm();
      if (warm) return warm;
      const turn = Promise.withResolvers<FunctionInstance>();
      waiting.push(turn);
      startAsNeeded();
      return turn.promise;
    },
    refund: (instance) => {
      if (instance.isAlive) return offer(instance);
      all.delete(instance);
      startAsNeeded();
    },
    stop: async () => {
      isStopped = true;
      for (const turn of waiting.splice(0)) turn.reject(stoppedError(functionName));
      await Promise.all([...all].map((instance) => instance.end()));
    },
  };
}

function stoppedError(functionName: string): Error {
  return new Error(`The function ${functionName} was stopped.`);
}
