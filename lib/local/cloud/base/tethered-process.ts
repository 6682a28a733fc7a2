// A child process that cannot outlive us: it ends when our end of a pipe closes, even if we are killed with SIGKILL.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How to run the command. */
export interface TetheredOptions {
  /** The child's whole environment. PATH is needed only when the command is not a path. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Stops the command when it fires. */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A running command. */
export interface TetheredProcess {
  /** The process id of the command itself, not of the shell around it. */
  readonly pid: number;
  /**
   * Resolves with the exit code once the command has ended and its output was read. It is 128 + n for a command that
   * signal n ended.
   */
  readonly exited: Promise<number>;
  /** Sends the command a signal. It has no effect once the command has ended. */
  send(signal: NodeJS.Signals): void;
  /** Sends SIGTERM, and SIGKILL after three seconds. Resolves with the exit code when the command has ended. */
  stop(): Promise<number>;
  /** Sends SIGKILL. Resolves with the exit code when the command has ended. */
  kill(): Promise<number>;
}

/**
 * The shell around the command. Descriptor 4 is the tether: its `read` returns as soon as our end closes, for any
 * reason. Descriptor 3 carries the command's process id to us. The shell uses the builtin `read` and not `cat`, which
 * would be another process on the tether. The watcher closes its output, so that the pipes close with the command.
 */
const TETHER = `
exec 4<&0 </dev/null
"$@" 3>&- 4<&- &
child=$!
echo "$child" >&3
exec 3>&-
(
  while read -r _ <&4; do :; done
  kill -TERM "$child"
  tenths=0
  while [ "$tenths" -lt 30 ] && kill -0 "$child"; do sleep 0.1; tenths=$((tenths + 1)); done
  kill -KILL "$child"
) >/dev/null 2>&1 &
watcher=$!
exec 4<&-
wait "$child" 2>/dev/null
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

/**
 * Starts a command on a tether. The command has its own process group, so that Ctrl-C reaches only us and we stop it in
 * our own order. A command that does not exist exits with 127.
 * @throws Error when no shell can be started, or when the signal had already fired.
 */
export async function spawnTethered(
  command: string,
  args: readonly string[],
  options: TetheredOptions = {},
): Promise<TetheredProcess> {
  options.signal?.throwIfAborted();
  const shell = spawn('/bin/sh', ['-c', TETHER, 'tether', command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: options.env ?? process.env,
  });
  const exited = exitCode(shell);
  forwardLines(shell, options.onLine);
  options.signal?.addEventListener('abort', () => shell.stdin?.destroy());
  const pid = await readPid(shell);
  const stop = () => {
    shell.stdin?.destroy();
    return exited;
  };
  const send = (signal: NodeJS.Signals) => {
    // After the shell has ended, the process id may belong to another process.
    if (shell.exitCode === null && shell.signalCode === null) signalIfThere(pid, signal);
  };
  const kill = () => {
    send('SIGKILL');
    return exited;
  };
  return { pid, exited, send, stop, kill };
}

function exitCode(shell: ChildProcess): Promise<number> {
  return new Promise((resolve) => shell.once('close', (code) => resolve(code ?? 137)));
}

function forwardLines(shell: ChildProcess, onLine: TetheredOptions['onLine']): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = shell[stream];
    if (source && onLine) createInterface({ input: source }).on('line', (line) => onLine(line, stream));
    else source?.resume();
  }
}

async function readPid(shell: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    (shell.stdio[3] as Readable).once('data', (chunk) => resolve(Number.parseInt(String(chunk), 10)));
    shell.once('exit', (code) => reject(new Error(`The shell of a tethered process ended with ${code}.`)));
  });
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The command has ended by itself, and the shell is about to report it.
  }
}
