// The agent as a real process: its exit code, its output, and the events it printed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A running agent. */
export interface AgentProcess {
  readonly child: ChildProcess;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: () => string;
  readonly stdout: () => string;
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Resolves with the first event of this name. Rejects when the agent exits before it. */
  readonly event: (name: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../../agent/main.ts');

/** Starts the agent with a small environment. */
export function startAgent(args: readonly string[], environment: Readonly<Record<string, string>> = {}): AgentProcess {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Record<string, unknown>[] = [];
  let [stdout, stderr, unread] = ['', '', ''];
  let waiting: (() => void)[] = [];
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    events.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
    for (const look of waiting) look();
  });
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  const event = (name: string) =>
    new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const look = () => {
        const found = events.find((each) => each['event'] === name);
        if (found) resolve(found);
      };
      waiting = [...waiting, look];
      exited.then((code) => reject(new Error(`exited with ${code} before ${name}: ${stderr}`)));
      look();
    });
  const dispose = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, events, stdout: () => stdout, stderr: () => stderr, exited, event, [Symbol.asyncDispose]: dispose };
}

/** A directory that is removed with its variable. */
export interface TemporaryDirectory {
  readonly path: string;
  readonly [Symbol.dispose]: () => void;
}

/** Returns a new temporary directory. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'signet-agent-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
