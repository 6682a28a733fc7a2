// A shell that runs one block after another, as a reader pastes them. It stops at the first command that fails.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnTethered } from '../../../lib/local/cloud/base/tethered-process.ts';

export interface ShellSession {
  /** Runs a block and returns its output. @throws Error with all output if a command of it fails. */
  run(block: string): Promise<string>;
  stop(): Promise<void>;
}

/** Opens a shell in the folder. It ends with this process at the latest. */
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
      // The mark gets its own line, even if the block's output ends without a line break.
      await pipe.write(`${block}\nprintf '\\n%s\\n' ${mark}\n`);
      while (!printed.includes(mark) && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 10));
      const output = printed.slice(from).join('\n');
      if (hasEnded) throw new Error(`A command failed in\n${block}\n${output}\n${errors.join('\n')}`);
      return output.replace(mark, '');
    },
    async stop() {
      await pipe.close();
      await shell.stop();
    },
  };
}
