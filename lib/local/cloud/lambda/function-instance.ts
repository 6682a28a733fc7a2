// One warm Lambda execution environment: a worker thread that handles one event at a time and ends after a time-out.
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { FunctionSpec } from '../template/function-spec.ts';
import type {
  CompileCacheVariable,
  FunctionFailure,
  InvokeMessage,
  WorkerMessage,
  WorkerStart,
} from './function-worker.ts';

/** A failure of the function: it threw, timed out, or its process ended. */
export class FunctionError extends Error {
  readonly errorType: string;
  readonly trace: readonly string[];

  constructor({ errorType, errorMessage, trace }: FunctionFailure) {
    super(errorMessage);
    this.name = 'FunctionError';
    this.errorType = errorType;
    this.trace = trace;
  }
}

/** A running worker thread. */
export interface FunctionInstance {
  /** False once the thread has ended. Such an instance accepts no more events. */
  readonly isAlive: boolean;
  /** Resolves when the instance can accept events, or when it certainly never will. */
  readonly started: Promise<void>;
  /** @throws FunctionError for any failure of the function. */
  invoke(event: string, requestId: string): Promise<string>;
  end(): Promise<void>;
}

/** What the instance runs, and with what. */
export interface InstanceOptions {
  readonly spec: FunctionSpec;
  /** The thread's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clockOffset: SharedArrayBuffer;
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  /**
   * Milliseconds.
   * @default 10 s, as in Lambda
   */
  readonly initPhaseMs?: number;
}

/**
 * The time limit of Lambda's init phase, in milliseconds. Lambda repeats a slow init phase as part of the first
 * invocation, within the function's time-out. The laptop lets it continue for that time. Source: Lambda's "Runtime
 * environment lifecycle".
 */
const INIT_PHASE_MS = 10_000;

/** Starts an instance. It loads the function's code at once. */
export function startInstance(options: InstanceOptions): FunctionInstance {
  const { spec } = options;
  const worker = createWorker(options);
  const conversation = listenTo(worker);
  const initTimeoutMs = (options.initPhaseMs ?? INIT_PHASE_MS) + spec.timeoutMs;
  const ready = conversation.next(initTimeoutMs, 'Sandbox.InitTimedout').then(payloadOf);
  ready.catch((error) => conversation.end(failureOf('Runtime.InitError', error)));
  return {
    get isAlive() {
      return conversation.isOpen;
    },
    started: ready.then(
      () => {},
      () => {},
    ),
    invoke: async (event, requestId) => {
      await ready;
      const answer = conversation.next(spec.timeoutMs, 'Sandbox.Timedout');
      worker.postMessage({ requestId, event, timeoutMs: spec.timeoutMs } satisfies InvokeMessage);
      return payloadOf(await answer);
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

interface Conversation {
  readonly isOpen: boolean;
  /** Returns the worker's next message. A worker that exceeds the time limit, or that ends, accepts no more events. */
  next(timeoutMs: number, timeoutType: string): Promise<WorkerMessage>;
  end(failure: FunctionFailure): void;
}

function listenTo(worker: Worker): Conversation {
  let waiting: PromiseWithResolvers<WorkerMessage> | undefined;
  let ending: FunctionFailure | undefined;
  const end = (failure: FunctionFailure) => {
    ending ??= failure;
    waiting?.reject(new FunctionError(ending));
    void worker.terminate();
  };
  worker.on('message', (message: WorkerMessage) => waiting?.resolve(message));
  worker.on('error', (error) => end(failureOf('Runtime.UnhandledError', error)));
  worker.on('exit', (code) => end({ errorType: 'Runtime.ExitError', errorMessage: `exit status: ${code}`, trace: [] }));
  return {
    get isOpen() {
      return ending === undefined;
    },
    next: (timeoutMs, timeoutType) => {
      waiting = Promise.withResolvers();
      const timer = setTimeout(() => end(timedOut(timeoutType, timeoutMs)), timeoutMs);
      if (ending) waiting.reject(new FunctionError(ending));
      return waiting.promise.finally(() => clearTimeout(timer));
    },
    end,
  };
}

function createWorker({ spec, environment, clockOffset, onLine }: InstanceOptions): Worker {
  const workerData: WorkerStart = {
    clockOffset,
    modulePath: spec.modulePath,
    exportName: spec.exportName,
    functionName: spec.name,
    functionArn: spec.arn,
    memoryMb: spec.memoryMb,
  };
  const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
    workerData,
    env: { ...environment, ...compileCacheOf(spec) },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
  });
  forward(worker.stdout, (line) => onLine('stdout', line));
  forward(worker.stderr, (line) => onLine('stderr', line));
  return worker;
}

/**
 * Returns the variables that make Node keep the compiled bundle in a folder beside it. An instance that finds it there takes
 * half of the processor time to start. The folder may be copied or moved together with the bundle. The worker removes the
 * variables before the function can see them.
 */
function compileCacheOf({ modulePath }: FunctionSpec): Readonly<Record<CompileCacheVariable, string>> {
  return { NODE_COMPILE_CACHE: join(dirname(modulePath), '.compiled'), NODE_COMPILE_CACHE_PORTABLE: '1' };
}

function forward(source: Readable, onLine: (line: string) => void): void {
  createInterface({ input: source }).on('line', onLine);
}

function payloadOf(message: WorkerMessage): string {
  if (message.kind === 'failure') throw new FunctionError(message.failure);
  return message.kind === 'result' ? message.payload : '';
}

function timedOut(errorType: string, timeoutMs: number): FunctionFailure {
  return { errorType, errorMessage: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`, trace: [] };
}

function failureOf(errorType: string, error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType, errorMessage: String(error), trace: [] };
  return { errorType, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
