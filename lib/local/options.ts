// The command line of `npm start`.
import { parseArgs } from 'node:util';

export interface LaptopOptions {
  /** Exit after the demo job. */
  readonly once: boolean;
  /** The API's port: as asked for, `any`, or the usual one if it is free. */
  readonly port: number | 'any' | 'usual';
  /** Where everything is kept between starts, as the user named it. */
  readonly dataDir: string;
}

export const USAGE = `npm start -- [--once] [--port N] [--data-dir DIR]

  --once          run the demo job and exit: 0 if it went through, 1 if not
  --port N        the API's port; 0 takes a free one (without: 8787 if it is free)
  --data-dir DIR  where table, secrets and agent state are kept (.signet)`;

export const USUAL_PORT = 8787;

export type CommandLine =
  | { readonly kind: 'run'; readonly options: LaptopOptions }
  | { readonly kind: 'help' }
  /** In the user's words. */
  | { readonly kind: 'refused'; readonly reason: string };

export function parseCommandLine(argv: readonly string[]): CommandLine {
  try {
    const words = splitWords(argv);
    return words.help ? { kind: 'help' } : { kind: 'run', options: toOptions(words) };
  } catch (error) {
    return { kind: 'refused', reason: firstSentence((error as Error).message) };
  }
}

function splitWords(argv: readonly string[]) {
  const options = {
    once: { type: 'boolean' },
    port: { type: 'string' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  return parseArgs({ args: [...argv], options }).values;
}

function toOptions(words: ReturnType<typeof splitWords>): LaptopOptions {
  const { once = false, port, 'data-dir': dataDir = '.signet' } = words;
  if (dataDir === '') throw new Error('--data-dir takes the name of a directory.');
  return { once, port: port === undefined ? 'usual' : parsePort(port), dataDir };
}

function parsePort(text: string): number | 'any' {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port takes a number from 0 to 65535, not '${text}'.`);
  return port === 0 ? 'any' : port;
}

/** Node's sentences on options go on with advice for other programs. */
function firstSentence(text: string): string {
  return `${text.split(/\.(?:\s|$)|\n/)[0]}.`;
}
