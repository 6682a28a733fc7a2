// The Lambda service: warm instances per function, started as they are needed, each with one event at a time.
import { randomUUID } from 'node:crypto';
import { FunctionError, type FunctionInstance, startInstance } from './function-instance.ts';
import type { FunctionSpec } from './function-spec.ts';
import type { MeterIntake } from './meter.ts';

export interface LogEntry {
  readonly functionName: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface FunctionHostOptions {
  readonly specs: readonly FunctionSpec[];
  readonly environmentOf: (functionName: string) => Readonly<Record<string, string>>;
  readonly clockOffset: SharedArrayBuffer;
  readonly meter: MeterIntake;
  readonly onLog: (entry: LogEntry) => void;
}

export interface FunctionHost {
  readonly specs: readonly FunctionSpec[];
  /** @throws FunctionError for whatever the function did wrong; Error when there is no such function. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export function startFunctionHost(options: FunctionHostOptions): FunctionHost {
  const pools = new Map(options.specs.map((spec) => [spec.name, createPool(spec, options)]));
  return {
    specs: options.specs,
    invoke: async (functionName, event) => {
      const pool = pools.get(functionName);
      if (!pool) throw new Error(`There is no function ${functionName}; there are: ${[...pools.keys()].join(', ')}.`);
      options.meter.countCall('lambda', functionName);
      return JSON.parse(await pool.run(JSON.stringify(event)));
    },
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
    },
  };
}

interface Pool {
  run(event: string): Promise<string>;
  stop(): Promise<void>;
}

/** Past its concurrency an invocation waits its turn, where Lambda would throttle it: the laptop has no other callers. */
function createPool(spec: FunctionSpec, options: FunctionHostOptions): Pool {
  const log = (stream: LogEntry['stream'], line: string) => options.onLog({ functionName: spec.name, stream, line });
  const instances = createInstances(spec, options, log);
  return {
    run: async (event) => {
      const instance = await instances.take();
      const requestId = randomUUID();
      try {
        return await instance.invoke(event, requestId);
      } catch (error) {
        if (error instanceof FunctionError) log('stderr', failureLine(requestId, error));
        throw error;
      } finally {
        instances.giveBack(instance);
      }
    },
    stop: instances.stop,
  };
}

interface Instances {
  take(): Promise<FunctionInstance>;
  giveBack(instance: FunctionInstance): void;
  stop(): Promise<void>;
}

function createInstances(
  spec: FunctionSpec,
  { environmentOf, clockOffset }: FunctionHostOptions,
  onLine: (stream: LogEntry['stream'], line: string) => void,
): Instances {
  const all = new Set<FunctionInstance>();
  const idle: FunctionInstance[] = [];
  const waiting: PromiseWithResolvers<FunctionInstance>[] = [];
  let isStopped = false;

  const start = () => {
    const instance = startInstance({ spec, environment: environmentOf(spec.name), clockOffset, onLine });
    all.add(instance);
    return instance;
  };
  const take = async () => {
    if (isStopped) throw stoppedError(spec);
    const warm = idle.pop();
    if (warm?.isAlive) return warm;
    if (warm) all.delete(warm);
    if (all.size < spec.concurrency) return start();
    const turn = Promise.withResolvers<FunctionInstance>();
    waiting.push(turn);
    return turn.promise;
  };
  const giveBack = (instance: FunctionInstance) => {
    if (!instance.isAlive) all.delete(instance);
    const next = waiting.shift();
    if (next) next.resolve(instance.isAlive ? instance : start());
    else if (instance.isAlive) idle.push(instance);
  };
  const stop = async () => {
    isStopped = true;
    for (const turn of waiting.splice(0)) turn.reject(stoppedError(spec));
    await Promise.all([...all].map((instance) => instance.end()));
  };
  return { take, giveBack, stop };
}

function stoppedError(spec: FunctionSpec): Error {
  return new Error(`The function ${spec.name} was stopped.`);
}

function failureLine(requestId: string, { errorType, message, trace }: FunctionError): string {
  return `RequestId: ${requestId} Error: ${errorType}: ${message}${trace.length > 0 ? ` ${JSON.stringify(trace)}` : ''}`;
}
