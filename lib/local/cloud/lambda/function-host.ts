// The Lambda service: warm instances per function, started on demand, each with one event at a time.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { WritableMeter } from '../meter/meter.ts';
import type { FunctionSpec } from '../template/function-spec.ts';
import { FunctionError, startInstance } from './function-instance.ts';
import { createInstancePool } from './instance-pool.ts';

/** One line that a function printed. */
export interface LogEntry {
  readonly functionName: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** The functions to host. */
export interface FunctionHostOptions {
  readonly specs: readonly FunctionSpec[];
  readonly environmentOf: (functionName: string) => Readonly<Record<string, string>>;
  readonly clockOffset: SharedArrayBuffer;
  readonly meter: WritableMeter;
  readonly onLog: (entry: LogEntry) => void;
}

/** The running functions. */
export interface FunctionHost {
  readonly specs: readonly FunctionSpec[];
  /**
   * Invokes a function and returns its answer.
   * @throws FunctionError for any failure of the function.
   * @throws Error when there is no such function.
   */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts the host. Instances start with the first invocations. */
export function startFunctionHost(options: FunctionHostOptions): FunctionHost {
  const pools = new Map(options.specs.map((spec) => [spec.name, createPool(spec, options)]));
  return {
    specs: options.specs,
    invoke: async (functionName, event) => {
      const pool = pools.get(functionName);
      if (!pool)
        throw new Error(
          `There is no function called ${functionName}. The functions are: ${[...pools.keys()].join(', ')}.`,
        );
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

/**
 * An invocation beyond the concurrency waits for its turn. Lambda would throttle it, but the laptop has no other
 * callers.
 */
function createPool(spec: FunctionSpec, options: FunctionHostOptions): Pool {
  const log = (stream: LogEntry['stream'], line: string) => options.onLog({ functionName: spec.name, stream, line });
  const { environmentOf, clockOffset } = options;
  const instances = createInstancePool({
    functionName: spec.name,
    concurrency: spec.concurrency,
    startsAtOnce: availableParallelism(),
    start: () => startInstance({ spec, environment: environmentOf(spec.name), clockOffset, onLine: log }),
  });
  return {
    run: async (event) => {
      const instance = await instances.acquire();
      const requestId = randomUUID();
      const startedAt = performance.now();
      try {
        return await instance.invoke(event, requestId);
      } catch (error) {
        if (error instanceof FunctionError) log('stderr', failureLine(requestId, error));
        throw error;
      } finally {
        const durationMs = performance.now() - startedAt;
        options.meter.countDuration({ functionName: spec.name, durationMs, memoryMb: spec.memoryMb });
        instances.release(instance);
      }
    },
    stop: instances.stop,
  };
}

function failureLine(requestId: string, { errorType, message, trace }: FunctionError): string {
  return `RequestId: ${requestId} Error: ${errorType}: ${message}${trace.length > 0 ? ` ${JSON.stringify(trace)}` : ''}`;
}
