// The code inside a function's worker thread: it loads the bundle and runs one event at a time.
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** What the host passes to a new worker. */
export interface WorkerStart {
  /** The offset of the emulated machine's clock in milliseconds: one 64-bit integer, shared with the host. */
  readonly clockOffset: SharedArrayBuffer;
  readonly modulePath: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** One event for the function. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON text, as on the wire. */
  readonly event: string;
  readonly timeoutMs: number;
}

/** A failure in Lambda's format. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What a worker sends to the host. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'failure'; readonly failure: FunctionFailure };

/** Variables of Node that are ours and not the function's. */
const COMPILE_CACHE_VARIABLES = ['NODE_COMPILE_CACHE', 'NODE_COMPILE_CACHE_PORTABLE'] as const;

export type CompileCacheVariable = (typeof COMPILE_CACHE_VARIABLES)[number];

type Handler = (event: unknown, context: object) => unknown;

const start = workerData as WorkerStart;

/**
 * Replaces `Date` by the emulated machine's clock, which follows later changes of the offset at once. Durations
 * (performance.now, timers) stay real, as they do on a machine whose clock is set wrong.
 */
function setMachineClock(shared: SharedArrayBuffer): void {
  const offset = new BigInt64Array(shared);
  const RealDate = Date;
  const now = () => RealDate.now() + Number(Atomics.load(offset, 0));
  const MachineDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
  });
  RealDate.prototype.constructor = MachineDate;
  globalThis.Date = MachineDate;
}

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

function describeFailure(error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function createContext({ requestId, timeoutMs }: InvokeMessage): object {
  const deadline = performance.now() + timeoutMs;
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    logGroupName: `/aws/lambda/${start.functionName}`,
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<WorkerMessage> {
  try {
    const result = await handler(JSON.parse(message.event), createContext(message));
    return { kind: 'result', payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { kind: 'failure', failure: describeFailure(error) };
  }
}

async function loadHandler(): Promise<Handler> {
  const module = await import(pathToFileURL(start.modulePath).href);
  const handler = module[start.exportName] ?? module.default?.[start.exportName];
  if (typeof handler !== 'function') throw new Error(`${start.modulePath} exports no function ${start.exportName}.`);
  return handler;
}

for (const name of COMPILE_CACHE_VARIABLES) delete process.env[name];
setMachineClock(start.clockOffset);
try {
  const handler = await loadHandler();
  parentPort?.on('message', (message: InvokeMessage) => void run(handler, message).then(send));
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'failure', failure: describeFailure(error) });
}
