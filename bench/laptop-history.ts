// What a long history costs on the laptop: a submission and a start, with a new data directory and with an old one.
// `--smoke`: only that it works. `--from DIR`: copies the synthesized app from another data directory.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillHistory } from './history/fill-history.ts';
import { type RunningLaptop, startLaptop } from './history/laptop-process.ts';
import { countHistory, dropIndexes } from './history/stored-history.ts';
import { prepareSubject } from './history/subject.ts';

/** What issue 13 asks for. */
const GOALS = { timesNew: 1.5, moreSeconds: 5 };

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, from: { type: 'string' } } });
const effort = values.smoke
  ? { rows: { young: 8, old: 80 }, starts: 1, rounds: 1, submissions: 4 }
  : { rows: { young: 150, old: 20_000 }, starts: 3, rounds: 7, submissions: 60 };

// The copies of a data directory must be as private as the laptop cloud wants it.
process.umask(0o077);
const work = mkdtempSync(join(tmpdir(), 'signet-bench-'));
const YOUNG = join(work, 'young');
const OLD = join(work, 'old');
/** The same history, without the indexes that every start makes. */
const UNINDEXED = join(work, 'unindexed');
const NAMES = { [YOUNG]: 'new', [OLD]: 'old', [UNINDEXED]: 'old, without the indexes' };

try {
  await prepare();
  const seconds = await measureStarts([YOUNG, OLD]);
  const milliseconds = await measureSubmissions([YOUNG, OLD, UNINDEXED]);
  report(seconds, milliseconds);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The first start makes the demo's account, keys, endpoint and agent. Everything else is a copy of it. */
async function prepare(): Promise<void> {
  mkdirSync(YOUNG, { mode: 0o700 });
  if (values.from) cpSync(join(values.from, 'assembly'), join(YOUNG, 'assembly'), { recursive: true });
  const first = await startLaptop(YOUNG);
  await first.stop();
  cpSync(YOUNG, OLD, { recursive: true });
  await fillHistory(YOUNG, first.state, effort.rows.young);
  await fillHistory(OLD, first.state, effort.rows.old);
  cpSync(OLD, UNINDEXED, { recursive: true });
}

type Measures = ReadonlyMap<string, number[]>;

/** Starts one after the other in turn, because whatever slows the machine down must slow down both. */
async function measureStarts(folders: readonly string[]): Promise<Measures> {
  const measures = new Map<string, number[]>(folders.map((folder) => [folder, []]));
  for (let round = 0; round < effort.starts; round += 1) {
    for (const folder of folders) {
      const laptop = await startLaptop(folder);
      measures.get(folder)?.push(laptop.startSeconds);
      await laptop.stop();
    }
  }
  return measures;
}

async function measureSubmissions(folders: readonly string[]): Promise<Measures> {
  const laptops: RunningLaptop[] = [];
  try {
    for (const folder of folders) laptops.push(await startLaptop(folder));
    dropIndexes(UNINDEXED);
    const subjects = await Promise.all(
      laptops.map(async (laptop, index) => {
        const folder = folders[index] ?? '';
        return { folder, subject: await prepareSubject(folder, laptop), measured: [] as number[] };
      }),
    );
    // The first submissions start functions and fill their caches.
    for (const { subject } of subjects) await subject.submit(effort.submissions);
    for (let round = 0; round < effort.rounds; round += 1)
      for (const { subject, measured } of subjects) measured.push(await subject.submit(effort.submissions));
    return new Map(subjects.map(({ folder, measured }) => [folder, measured]));
  } finally {
    for (const laptop of laptops) await laptop.stop();
  }
}

function report(seconds: Measures, milliseconds: Measures): void {
  const times = (folder: string) => median(ratios(milliseconds.get(folder), milliseconds.get(YOUNG)));
  const more = median(seconds.get(OLD)) - median(seconds.get(YOUNG));
  console.log(`Node ${process.version}, ${process.arch}: ${effort.starts} starts, ${effort.rounds} rounds\n`);
  console.log('| data directory | rows | stream records | start, s | a submission, ms of processor time | × new |');
  console.log('|---|---:|---:|---:|---:|---:|');
  for (const [folder, measured] of milliseconds) {
    const { rows, streamRecords } = countHistory(folder);
    const start = seconds.has(folder) ? median(seconds.get(folder)).toFixed(1) : '';
    const cells = [NAMES[folder], rows, streamRecords, start, median(measured).toFixed(2), times(folder).toFixed(2)];
    console.log(`| ${cells.join(' | ')} |`);
  }
  console.log(`\nThe old directory starts ${more.toFixed(1)} s later than the new one.`);
  // A smoke run says nothing about times.
  if (!values.smoke && (times(OLD) > GOALS.timesNew || more > GOALS.moreSeconds)) process.exitCode = 1;
}

/** Returns the ratios within each round. */
function ratios(numbers: readonly number[] = [], floor: readonly number[] = []): readonly number[] {
  return numbers.map((number, round) => number / (floor[round] ?? Number.NaN));
}

function median(numbers: readonly number[] = []): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
