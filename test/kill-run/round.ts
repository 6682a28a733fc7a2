// One round of the kill run: a laptop of its own in a directory of its own, and nothing of it left behind.
import { type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import { processesNaming } from '../support/laptop/processes.ts';
import { createSteppedClock } from '../support/laptop/stepped-clock.ts';
import { type KillRunReport, killRun } from './kill-run.ts';
import { quietPort } from './quiet-port.ts';

/** For 500 jobs. */
const FAULTS = {
  kill_agent: 8,
  kill_cloud: 3,
  kill_all: 1,
  freeze_agent: 4,
  duplicate: 12,
  step_clock: 3,
  plant_stale: 4,
};

export interface Round {
  /** The folder of the synthesized app. */
  readonly assembly: string;
  readonly seed: number;
  readonly jobs: number;
  readonly agents: number;
  /** How many stale pointers are planted in all. */
  readonly stale: number;
}

export interface RoundReport {
  readonly line: string;
  readonly findings: readonly string[];
}

/** What cannot be gone on with is a finding too. */
export async function runRound(round: Round): Promise<RoundReport> {
  const dataDir = makeWarmDataDir(round.assembly);
  const startedAt = performance.now();
  const { findings, counts } = await playRound(round, dataDir.path).catch(asReport);
  const left = await leftBehind(dataDir.path);
  const all = [...findings, ...left];
  if (all.length === 0) dataDir.remove();
  const told = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const verdict = all.length === 0 ? 'ok' : `FAILED (kept in ${dataDir.path})`;
  return { line: `seed ${round.seed}: ${verdict}, ${seconds} s: ${told.join(', ')}`, findings: all };
}

function asReport(error: unknown): KillRunReport {
  return { findings: [String(error)], counts: {} };
}

async function playRound(round: Round, dataDir: string): Promise<KillRunReport> {
  const clock = createSteppedClock(dataDir);
  const words = ['--port', String(await quietPort())];
  let laptop: Laptop;
  const start = async () => {
    laptop = await startLaptop(dataDir, words, clock);
    return laptop;
  };
  laptop = await start();
  try {
    return await killRun({ ...round, counts: FAULTS, laptop, clock, startAgain: start });
  } finally {
    await laptop.interrupt();
  }
}

async function leftBehind(dataDir: string): Promise<string[]> {
  const isClear = await until('the processes are gone', () => processesNaming(dataDir).length === 0, 10_000).catch(
    () => false,
  );
  return isClear ? [] : [`left behind: ${processesNaming(dataDir).join(', ')}`];
}
