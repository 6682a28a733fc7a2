// Preloaded into a laptop cloud: advances its clock in all threads by the offset in a file.
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const file = process.env.SIGNET_TEST_CLOCK;
const SHARED = 'signet-test-clock';
const INTERVAL_MS = 20;

/** Shifts `Date` by the offset. Timers and durations stay real, as on a machine whose clock is set. */
function shiftDate(cell) {
  const RealDate = Date;
  const now = () => RealDate.now() + Number(Atomics.load(cell, 0));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
  });
}

function followFile(cell) {
  const readOffset = () => Atomics.store(cell, 0, BigInt(readFileSync(file, 'utf8')));
  readOffset();
  setInterval(readOffset, INTERVAL_MS).unref();
}

/** Preloads this file into worker threads, which inherit neither the environment nor the arguments of this process. */
function reachThreads(shared) {
  threads.setEnvironmentData(SHARED, shared);
  threads.Worker = class extends threads.Worker {
    constructor(module, options) {
      super(module, { ...options, execArgv: [...(options?.execArgv ?? []), `--import=${import.meta.url}`] });
    }
  };
  syncBuiltinESMExports();
}

if (!threads.isMainThread) {
  shiftDate(new BigInt64Array(threads.getEnvironmentData(SHARED)));
} else if (file) {
  const shared = new SharedArrayBuffer(8);
  const cell = new BigInt64Array(shared);
  followFile(cell);
  reachThreads(shared);
  shiftDate(cell);
}
