// A laptop cloud in its own process, which a test can kill.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './fake-assembly.ts';

const MODULE = fileURLToPath(new URL('../../../lib/local/cloud/laptop-cloud.ts', import.meta.url));

/** Returns the processes whose command line contains the folder. */
export function processesIn(folder: string): string {
  try {
    return execFileSync('pgrep', ['-f', folder], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * Starts a cloud in its own process. The script gets the promise of it. The process also prints what the functions
 * print.
 */
export function startCloudProcess(script: string, folders: { readonly assembly: string; readonly dataDir: string }) {
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
