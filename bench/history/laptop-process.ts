// The laptop cloud as its users start it, and how long it took to be ready.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnTethered } from '../../lib/local/cloud/base/tethered-process.ts';
import { type LocalState, readLocalState } from '../../lib/local/state-file.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A laptop cloud that runs. */
export interface RunningLaptop {
  readonly state: LocalState;
  /** From the command until it printed that it is ready. */
  readonly startSeconds: number;
  stop(): Promise<void>;
}

/**
 * Starts `npm start` and waits until it is ready.
 * @throws Error with its output when it ends before that.
 */
export async function startLaptop(dataDir: string): Promise<RunningLaptop> {
  const ready = Promise.withResolvers<void>();
  const lines: string[] = [];
  const words = ['bin/bootstrap.mjs', 'start', '--port', '0', '--data-dir', dataDir, '--jobs-per-month', '1000000'];
  const startedAt = performance.now();
  const running = await spawnTethered(process.execPath, words, {
    cwd: ROOT,
    onLine: (line) => {
      lines.push(line);
      if (line.startsWith('Ready.')) ready.resolve();
    },
  });
  const failed = running.exited.then((code) => {
    throw new Error(`npm start ended with ${code}:\n${lines.join('\n')}`);
  });
  await Promise.race([ready.promise, failed]);
  failed.catch(() => {});
  const startSeconds = (performance.now() - startedAt) / 1000;
  const state = readLocalState(dataDir);
  if (!state) throw new Error(`There is no local.json in ${dataDir}.`);
  return {
    state,
    startSeconds,
    stop: async () => {
      process.kill(state.pid, 'SIGINT');
      await running.exited;
      // The functions' log grows with the history as well, and it is not what is measured.
      rmSync(join(dataDir, 'functions.log'), { force: true });
    },
  };
}
