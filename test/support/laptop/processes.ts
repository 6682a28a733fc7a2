// Lists processes. It reads /proc, so it works on Linux only.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the ids of processes whose command line contains the directory. */
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
