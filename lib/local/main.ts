// `npm start`: the whole relay on this machine. It starts the relay, runs one job, and serves until Ctrl-C.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveHmacKey } from '../protocol/secret.ts';
import { asExit, ExitError } from '../terminal/exit-error.ts';
import { EXITS, type ExitName } from '../terminal/exits.ts';
import { openProcessTerminal } from '../terminal/process-terminal.ts';
import { printError, runProgram } from '../terminal/run-program.ts';
import { collectStarted } from './cloud/base/stoppable.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { runDemoJob } from './demo/demo-job.ts';
import { createProgressPrinter } from './demo/progress-printer.ts';
import { takeInstanceLock } from './instance-lock.ts';
import { type LaptopOptions, NPM_START, readLaptopOptions } from './options.ts';
import { describeRecovery, recoverDeliveries } from './recover.ts';
import { type RunningRelay, startRelay } from './start-relay.ts';
import { readLocalState, removeLocalState } from './state-file.ts';
import { awaitStopRequest } from './stop-request.ts';

/** How long a stop may take. After that the process exits, and the processes that it started exit with it. */
const STOP_WITHIN_MS = 10_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const stopRequest = awaitStopRequest(process);
const terminal = openProcessTerminal();
/** Writes nothing about an interrupted job after "Stopping …". */
const write = (text: string) => void (stopRequest.signal.aborted || process.stdout.write(text));
const progress = createProgressPrinter(write, process.stdout.isTTY === true);

/** Locks the data directory. When the process ends, except by SIGKILL, the lock and local.json are removed. */
async function runHere(options: LaptopOptions, dataDir: string): Promise<ExitName> {
  process.umask(0o077);
  asExit('state_unusable', () => prepareDataDirectory(dataDir));
  const lock = takeInstanceLock(dataDir);
  if (!lock.taken) throw new ExitError('state_unusable', describeOther(dataDir, lock.heldBy));
  process.once('exit', () => {
    removeLocalState(dataDir);
    lock.release();
  });
  void stopRequest.received.then(announceStop);
  return runUntilStopped(options, dataDir);
}

/**
 * Stops everything that it starts. With --once it returns `done` when the demo job succeeded, and `refused` when it failed or
 * was interrupted. Without --once it returns `done` when the user stops it.
 */
async function runUntilStopped(options: LaptopOptions, dataDir: string): Promise<ExitName> {
  const started = collectStarted();
  const { signal } = stopRequest;
  try {
    const running = await startRelay({ ...options, root, dataDir, progress, started, signal });
    const isCompleted = await Promise.race([showDemo(running), stopRequest.received]);
    if (options.once) return isCompleted ? 'done' : 'refused';
    signal.throwIfAborted();
    // The stream has delivered the event of the demo job, so it has delivered all earlier events.
    const recovery = await recoverDeliveries(running.access, { ...running.watch, startedAt: running.startedAt });
    for (const text of describeRecovery('deliveries', recovery)) progress.say(text);
    progress.say(readyText(running, options.dataDir));
    await stopRequest.received;
    return 'done';
  } catch (error) {
    if (!signal.aborted) throw error;
    return options.once ? 'refused' : 'done';
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

/** The folder is shown as the user named it, so that its path can be pasted. */
function readyText({ cloud, demo }: RunningRelay, shownDir: string): string {
  const [state, log] = [join(shownDir, 'local.json'), join(shownDir, 'functions.log')];
  const own = demo.tenant.ownConsumers.map(
    ({ endpoint }) => `Webhooks (${endpoint.profile}) go to ${endpoint.url} too.`,
  );
  return [
    '',
    `Ready. API ${cloud.baseUrl}, webhooks received at ${demo.receiver.hookUrl} (open it to read them).`,
    ...own,
    `Scripts find keys of every profile and all secrets in ${state}. The functions log to ${log}. Ctrl-C stops the relay.`,
  ].join('\n');
}

function describeOther(dataDir: string, pid: number | undefined): string {
  const url = readLocalState(dataDir)?.baseUrl;
  const known = [...(pid ? [`process ${pid}`] : []), ...(url ? [`API ${url}`] : [])].join(', ');
  return `A relay is already running here${known && ` (${known})`}. Use it, stop it, or name another --data-dir.`;
}

function announceStop(): void {
  process.stdout.write('Stopping …\n');
  setTimeout(() => {
    terminal.err('npm start: the stop took too long and was cut off.\n');
    process.exit(EXITS.refused.code);
  }, STOP_WITHIN_MS);
}

const code = await runProgram(NPM_START, process.argv.slice(2), {
  terminal,
  run: async ({ options: given }) => {
    const options = readLaptopOptions(given);
    return runHere(options, resolve(root, options.dataDir));
  },
  onError(error) {
    if (error instanceof ExitError) return printError(NPM_START, error, terminal);
    terminal.err(`npm start: the laptop cloud failed: ${error.message}\n`);
    return 'refused';
  },
});
process.stdout.write('', () => process.exit(code));
