// `npm start`: the whole relay on this machine. Starts it, runs one job through it, stays up until Ctrl-C.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveHmacKey } from '../protocol/secret.ts';
import { collectStarted } from './cloud/base/stoppable.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { runDemoJob } from './demo/demo-job.ts';
import { createProgressPrinter } from './demo/progress-printer.ts';
import { takeInstanceLock } from './instance-lock.ts';
import { type LaptopOptions, parseCommandLine, USAGE } from './options.ts';
import { describeRecovery, recoverDeliveries } from './recover.ts';
import { type RunningRelay, startRelay } from './start-relay.ts';
import { readLocalState, removeLocalState } from './state-file.ts';
import { awaitStopRequest } from './stop-request.ts';

/** Then a stop that hangs is cut off. What we started is on tethers and ends with us. */
const STOP_WITHIN_MS = 10_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const stopOrder = awaitStopRequest(process);
/** Whoever was told that we stop is told nothing of the job that was interrupted. */
const write = (text: string) => void (stopOrder.signal.aborted || process.stdout.write(text));
const progress = createProgressPrinter(write, process.stdout.isTTY === true);

async function main(): Promise<number> {
  const line = parseCommandLine(process.argv.slice(2));
  if (line.kind === 'run') return runHere(line.options, resolve(root, line.options.dataDir));
  if (line.kind === 'refused') return complain(`${line.reason}\n\n${USAGE}`, 2);
  progress.say(USAGE);
  return 0;
}

/** However the process ends, short of SIGKILL, nothing stays that says it is running. */
async function runHere(options: LaptopOptions, dataDir: string): Promise<number> {
  process.umask(0o077);
  prepareDataDirectory(dataDir);
  const lock = takeInstanceLock(dataDir);
  if (!lock.taken) return complain(describeOther(dataDir, lock.heldBy), 1);
  process.once('exit', () => {
    removeLocalState(dataDir);
    lock.release();
  });
  void stopOrder.received.then(announceStop);
  return runUntilStopped(options, dataDir);
}

/**
 * The exit code: with --once, 0 when the demo job went through and 1 when not, or not yet; otherwise 0 when we are told to
 * stop. Whatever was started is stopped.
 */
async function runUntilStopped(options: LaptopOptions, dataDir: string): Promise<number> {
  const started = collectStarted();
  const { signal } = stopOrder;
  try {
    const running = await startRelay({ ...options, root, dataDir, progress, started, signal });
    const wentThrough = await Promise.race([showDemo(running), stopOrder.received]);
    if (options.once) return wentThrough ? 0 : 1;
    signal.throwIfAborted();
    // Only now: the demo's event came through the stream, and so did all events before it.
    const recovery = await recoverDeliveries(running.access, { ...running.watch, startedAt: running.startedAt });
    for (const text of describeRecovery('deliveries', recovery)) progress.say(text);
    progress.say(readyText(running, options.dataDir));
    await stopOrder.received;
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    return options.once ? 1 : 0;
  } finally {
    removeLocalState(dataDir);
    await started.stop();
  }
}

async function showDemo({ cloud, demo, watch }: RunningRelay): Promise<boolean> {
  const [{ key, secret }] = demo.tenant.secretKeys;
  const secretKey = deriveHmacKey(secret, 'utf8');
  const partner = { baseUrl: cloud.baseUrl, signer: { profile: 'link-peeler', keyId: key.keyId, secretKey } } as const;
  const { receiver, site } = demo;
  const { endpointId } = demo.tenant.consumer.endpoint;
  return runDemoJob({ ...watch, cloud, progress, partner, receiver, endpointId, firstUrl: site.firstUrl });
}

/** `shownDir` as the user named it, so that it can be pasted. */
function readyText({ cloud, demo }: RunningRelay, shownDir: string): string {
  const [state, log] = [join(shownDir, 'local.json'), join(shownDir, 'functions.log')];
  const own = demo.tenant.ownConsumers.map(
    ({ endpoint }) => `Webhooks (${endpoint.profile}) go to ${endpoint.url} too.`,
  );
  return [
    '',
    `Ready. API ${cloud.baseUrl}, webhooks received at ${demo.receiver.hookUrl} (open it to read them).`,
    ...own,
    `Keys of every profile and all secrets, for scripts: ${state}. What the functions log: ${log}. Ctrl-C stops it.`,
  ].join('\n');
}

function describeOther(dataDir: string, pid: number | undefined): string {
  const url = readLocalState(dataDir)?.baseUrl;
  const known = [...(pid ? [`process ${pid}`] : []), ...(url ? [`API ${url}`] : [])].join(', ');
  return `A relay is already running here${known && ` (${known})`}. Use it, stop it, or give another --data-dir.`;
}

function announceStop(): void {
  process.stdout.write('Stopping …\n');
  setTimeout(() => process.exit(complain('The stop took too long and was cut off.', 1)), STOP_WITHIN_MS);
}

function complain(text: string, code: number): number {
  console.error(text);
  return code;
}

function fail(error: unknown): number {
  return complain(`The laptop cloud failed: ${error instanceof Error ? error.message : error}`, 1);
}

const code = await main().catch(fail);
process.stdout.write('', () => process.exit(code));
