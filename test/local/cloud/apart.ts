// A laptop cloud in a process of its own, which a test can kill.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './fake-assembly.ts';

const MODULE = fileURLToPath(new URL('../../../lib/local/cloud/laptop-cloud.ts', import.meta.url));

/** Processes whose command line names the folder. */
export function processesIn(folder: string): string {
  try {
    return execFileSync('pgrep', ['-f', folder], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** A cloud in a process of its own; the script gets the promise of it. What its functions print is printed too. */
export function startApart(script: string, folders: { readonly assembly: string; readonly dataDir: string }) {
  const source = `
    import { startLaptopCloud } from ${JSON.stringify(MODULE)};
    const onLog = ({ line }) => console.log(line);
    const starting = startLaptopCloud({ port: 0, onLog, ...JSON.parse(process.env.FOLDERS) });
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FOLDERS: JSON.stringify(folders) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exited, line: () => eventually(() => lines.shift()) };
}
