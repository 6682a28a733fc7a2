// One shell that a reader pastes blocks into, one after the other. It stops at the first command that fails, and ends with us.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnTethered } from '../../../lib/local/cloud/base/tethered-process.ts';

export interface ShellSession {
  /** Runs a block and resolves with what it printed. Rejects with all output when a command of it fails. */
  run(block: string): Promise<string>;
  stop(): Promise<void>;
}

export async function openShell(folder: string, env: Readonly<Record<string, string>>): Promise<ShellSession> {
  const input = join(folder, `input-${randomUUID()}`);
  execFileSync('mkfifo', [input]);
  const printed: string[] = [];
  const errors: string[] = [];
  const onLine = (line: string, stream: 'stdout' | 'stderr') =>
    void (stream === 'stdout' ? printed : errors).push(line);
  const shell = await spawnTethered('bash', ['-euo', 'pipefail', input], { cwd: folder, env, onLine });
  const pipe: FileHandle = await open(input, 'w');
  let hasEnded = false;
  void shell.exited.then(() => {
    hasEnded = true;
  });
  return {
    async run(block) {
      const [mark, from] = [randomUUID(), printed.length];
      // A line of its own, also where the block prints no line break at its end.
      await pipe.write(`${block}\nprintf '\\n%s\\n' ${mark}\n`);
      while (!printed.includes(mark) && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 10));
      const said = printed.slice(from).join('\n');
      if (hasEnded) throw new Error(`A command failed in\n${block}\n${said}\n${errors.join('\n')}`);
      return said.replace(mark, '');
    },
    async stop() {
      await pipe.close();
      await shell.stop();
    },
  };
}
