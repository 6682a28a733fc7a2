// One round of the kill run: a new laptop cloud in a new directory. The round checks that no process is left behind.
import { type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import { processesNaming } from '../support/laptop/processes.ts';
import { createSteppedClock } from '../support/laptop/stepped-clock.ts';
import { findFreePort } from './find-free-port.ts';
import { type KillRunReport, killRun } from './kill-run.ts';

/** The faults of a round of 500 jobs. */
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

/** Runs a round. An error that ends the round early is reported as a finding. */
export async function runRound(round: Round): Promise<RoundReport> {
  const dataDir = makeWarmDataDir(round.assembly);
  const startedAt = performance.now();
  const { findings, counts } = await runInNewLaptop(round, dataDir.path).catch(toReport);
  const remaining = await findRemainingProcesses(dataDir.path);
  const all = [...findings, ...remaining];
  if (all.length === 0) dataDir.remove();
  const shown = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const verdict = all.length === 0 ? 'ok' : `FAILED (data in ${dataDir.path})`;
  return { line: `seed ${round.seed}: ${verdict}, ${seconds} s: ${shown.join(', ')}`, findings: all };
}

function toReport(error: unknown): KillRunReport {
  return { findings: [String(error)], counts: {} };
}

async function runInNewLaptop(round: Round, dataDir: string): Promise<KillRunReport> {
  const clock = createSteppedClock(dataDir);
  const words = ['--port', String(await findFreePort())];
  let laptop: Laptop;
  const start = async () => {
    laptop = await startLaptop(dataDir, words, clock);
    return laptop;
  };
  laptop = await start();
  try {
    return await killRun({ ...round, counts: FAULTS, laptop, clock, restart: start });
  } finally {
    await laptop.interrupt();
  }
}

async function findRemainingProcesses(dataDir: string): Promise<string[]> {
  const isClear = await until('the processes have ended', () => processesNaming(dataDir).length === 0, 10_000).catch(
    () => false,
  );
  return isClear ? [] : [`processes still run: ${processesNaming(dataDir).join(', ')}`];
}
