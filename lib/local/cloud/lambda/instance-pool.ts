// The instances of one function: warm ones are reused, cold ones start a few at a time, and waiters take any free one.
import type { FunctionInstance } from './function-instance.ts';

/** The limits of a pool. */
export interface InstancePoolOptions {
  readonly functionName: string;
  /** How many instances there may be. */
  readonly concurrency: number;
  /**
   * How many instances may load at once. In Lambda each has a machine of its own, but here they share one. If a whole
   * burst started at once, all instances would be ready as late as the last one, or too late.
   */
  readonly startsAtOnce: number;
  readonly start: () => FunctionInstance;
}

/** Free and busy instances. */
export interface InstancePool {
  /** Resolves with a free instance. It may be one that failed to start, so that its caller gets the reason. */
  acquire(): Promise<FunctionInstance>;
  /** Makes an instance available to others. */
  release(instance: FunctionInstance): void;
  /** Ends all instances and rejects all waiters. */
  stop(): Promise<void>;
}

/** Returns a pool without instances. */
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
    handOver(instance);
    startAsNeeded();
  };
  const handOver = (instance: FunctionInstance) => {
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
    acquire: async () => {
      if (isStopped) throw stoppedError(functionName);
      const warm = takeWarm();
      if (warm) return warm;
      const turn = Promise.withResolvers<FunctionInstance>();
      waiting.push(turn);
      startAsNeeded();
      return turn.promise;
    },
    release: (instance) => {
      if (instance.isAlive) return handOver(instance);
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
