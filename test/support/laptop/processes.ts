// Which processes there are. Linux only, as the suite’s binaries are.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Process ids whose command line names the directory. */
export function processesNaming(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readCommandLine(pid).includes(directory))
    .map(Number);
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
  } catch {
    return '';
  }
}
