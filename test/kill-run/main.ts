// `npm run kill-run`: checks leases, sweep and events of a real `npm start` while processes are killed. Run it by hand.
// A round takes a minute or two and prints a line. Each round uses the next seed. A seed always plans the same faults at the
// same numbers of ended jobs, but timing differs between runs. The exit code is 1 if a rule was violated in any round.
import { parseArgs } from 'node:util';
import { synthesize } from '../../lib/local/synthesize.ts';
import { makeDataDir, ROOT } from '../support/laptop/laptop.ts';
import { runRound } from './round.ts';

const USAGE = `npm run kill-run -- [--seed N] [--jobs N] [--agents N] [--rounds N] [--stale N]
Defaults: --seed 1 --jobs 500 --agents 3 --rounds 1 --stale 2000. At least two agents are needed, because one never freezes.`;

const OPTIONS = {
  seed: { default: 1, min: 0 },
  jobs: { default: 500, min: 1 },
  agents: { default: 3, min: 2 },
  rounds: { default: 1, min: 1 },
  /** Stale pointers that are planted. */
  stale: { default: 2_000, min: 0 },
} as const;

type Options = Readonly<Record<keyof typeof OPTIONS, number>>;

/** Parses the arguments. @throws Error with a message for the user if one is invalid. */
function readOptions(argv: readonly string[]): Options {
  const names = Object.keys(OPTIONS) as (keyof Options)[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...argv], options });
  const read = (name: keyof Options) => {
    const { default: default_, min } = OPTIONS[name];
    const value = Number(values[name] ?? default_);
    if (!Number.isSafeInteger(value) || value < min)
      throw new Error(`--${name} must be a whole number of at least ${min}.`);
    return value;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Options;
}

/** Runs the rounds and returns the exit code. */
async function runRounds({ rounds, seed, ...size }: Options): Promise<number> {
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
    return await runRounds(readOptions(process.argv.slice(2)));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exit(await main());
