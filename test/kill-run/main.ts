// `npm run kill-run`: the invariants of leases, sweep and events on a real `npm start`, under kill -9, by hand. A round takes
// a minute or two, and prints a line; each has the seed behind the last one's. A seed plans the same faults at the same numbers
// of ended jobs; what a machine does between them it does in its own time. Exits with 1 when a rule was broken in any round.
import { parseArgs } from 'node:util';
import { synthesize } from '../../lib/local/synthesize.ts';
import { makeDataDir, ROOT } from '../support/laptop/laptop.ts';
import { runRound } from './round.ts';

const USAGE = `npm run kill-run -- [--seed N] [--jobs N] [--agents N] [--rounds N] [--stale N]
Without: --seed 1 --jobs 500 --agents 3 --rounds 1 --stale 2000. There are two agents at least: one must stay awake.`;

const OPTIONS = {
  seed: { otherwise: 1, least: 0 },
  jobs: { otherwise: 500, least: 1 },
  agents: { otherwise: 3, least: 2 },
  rounds: { otherwise: 1, least: 1 },
  /** Pointers that are planted to jobs that have ended. */
  stale: { otherwise: 2_000, least: 0 },
} as const;

type Options = Readonly<Record<keyof typeof OPTIONS, number>>;

/** @throws Error in the user's words. */
function readOptions(argv: readonly string[]): Options {
  const names = Object.keys(OPTIONS) as (keyof Options)[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...argv], options });
  const read = (name: keyof Options) => {
    const { otherwise, least } = OPTIONS[name];
    const value = Number(values[name] ?? otherwise);
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} takes a number from ${least}.`);
    return value;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Options;
}

/** The exit code. */
async function playRounds({ rounds, seed, ...size }: Options): Promise<number> {
  const shared = makeDataDir();
  process.once('exit', () => shared.remove());
  const assembly = await synthesize(ROOT, shared.path, new AbortController().signal);
  let failed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { line, findings } = await runRound({ ...size, assembly, seed: seed + round });
    process.stdout.write(`${line}\n${findings.map((finding) => `  ${finding}\n`).join('')}`);
    if (findings.length > 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    return await playRounds(readOptions(process.argv.slice(2)));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exit(await main());
