// The processor time of the programs of one laptop cloud, from Linux's /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second on every architecture. */
const TICK_MS = 10;

/** Returns the milliseconds of processor time that these processes have used, in user and in system mode. */
export function processorTimeMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) * TICK_MS;
}

/**
 * Returns the process id of the emulator whose command line names the data directory.
 * @throws Error when there is none.
 */
export function findEmulator(dataDir: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pid = pids.find((name) => {
    const [program = '', ...words] = commandLine(name);
    return program.endsWith('/dynoxide') && words.some((word) => word.startsWith(`${dataDir}/`));
  });
  if (!pid) throw new Error(`No emulator runs in ${dataDir}.`);
  return Number(pid);
}

/** The program's name is in brackets and may contain anything, so the numbers are counted after it. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
