// Starts the laptop cloud as users do: as a process, in a new data directory, on free ports.
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { spawnTethered, type TetheredProcess } from '../../../lib/local/cloud/base/tethered-process.ts';
import { type LocalState, readLocalState } from '../../../lib/local/state-file.ts';
import { expectAllDescribed, recordingEnvironment } from './recorded-answers.ts';
import type { SteppedClock } from './stepped-clock.ts';

/** The root folder of the repository. */
export const ROOT = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');

export interface Laptop {
  readonly state: LocalState;
  readonly dataDir: string;
  /** Returns everything that it has printed. */
  output(): string;
  /** Returns every event that a function logged, oldest first. */
  events(): Record<string, unknown>[];
  /** Kills the laptop cloud with SIGKILL, and checks that all its answers are described. */
  kill(): Promise<void>;
  /** Stops it as Ctrl-C does, and checks that all its answers are described. Returns the exit code. */
  interrupt(): Promise<number>;
}

/** Makes an empty temporary folder. */
export function makeDataDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'signet-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Makes a data directory that already holds the synthesized app, as after a first start. */
export function makeWarmDataDir(synthesized = inject('assembly')): ReturnType<typeof makeDataDir> {
  const dataDir = makeDataDir();
  const assembly = join(dataDir.path, 'assembly');
  cpSync(synthesized, assembly, { recursive: true });
  chmodSync(assembly, 0o700);
  return dataDir;
}

/** Spawns `npm start` with these arguments. */
export function spawnStart(
  words: readonly string[],
  onLine: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TetheredProcess> {
  return spawnTethered(process.execPath, [join(ROOT, 'bin/bootstrap.mjs'), 'start', ...words], {
    cwd: ROOT,
    env,
    onLine,
  });
}

/**
 * Starts the laptop cloud. Resolves when it has written `local.json` and its demo job has ended.
 *
 * @param clock The clock of the laptop cloud. It uses the machine's clock by default.
 * @throws Error if it exits or is not ready within a minute.
 */
export async function startLaptop(
  dataDir: string,
  words: readonly string[] = [],
  clock: Pick<SteppedClock, 'under'> = { under: (environment) => environment },
): Promise<Laptop> {
  const lines: string[] = [];
  const options = ['--port', '0', '--data-dir', dataDir, ...words];
  const running = await spawnStart(options, (line) => lines.push(line), clock.under(recordingEnvironment(dataDir)));
  const ready = () => lines.some((line) => line.startsWith('Ready.'));
  await Promise.race([
    until('the laptop cloud is ready', ready, 60_000),
    running.exited.then((code) => Promise.reject(new Error(`npm start ended with ${code}:\n${lines.join('\n')}`))),
  ]);
  const state = readLocalState(dataDir);
  if (!state) throw new Error('local.json does not exist.');
  return {
    state,
    dataDir,
    output: () => lines.join('\n'),
    events: () => readEvents(join(dataDir, 'functions.log')),
    async kill() {
      process.kill(state.pid, 'SIGKILL');
      await running.exited;
      await until('the killed process has ended', () => !isAlive(state.pid));
      expectAllDescribed(dataDir);
    },
    async interrupt() {
      if (isAlive(state.pid)) process.kill(state.pid, 'SIGINT');
      const code = await running.exited;
      expectAllDescribed(dataDir);
      return code;
    },
  };
}

/**
 * Calls `look` every 20 ms until its result is truthy, and returns the result.
 *
 * @param what Names the condition in the error.
 * @throws Error if the condition is not met in time.
 */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 90_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (Date.now() > end) throw new Error(`Timed out after ${timeoutMs} ms. Expected: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Returns true if the process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function readEvents(path: string): Record<string, unknown>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const json = line.slice(line.indexOf('{'));
      return json.startsWith('{"level"') ? [JSON.parse(json)] : [];
    });
}
