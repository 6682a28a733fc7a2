// The command line of `npm start`.
import { parseArgs } from 'node:util';
import { OUTBOUND_PROFILES } from '../protocol/profiles/profiles.ts';
import { type OwnWebhook, parseOwnWebhook } from './own-webhook.ts';

export interface LaptopOptions {
  /** Exit after the demo job. */
  readonly once: boolean;
  /** The API's port: as asked for, `any`, or the usual one if it is free. */
  readonly port: number | 'any' | 'usual';
  /** Where everything is kept between starts, as the user named it. */
  readonly dataDir: string;
  /** Consumers of the user's own: at most one for each outbound profile. */
  readonly webhooks: readonly OwnWebhook[];
  /** The quota of the demo account, where it is not to be the usual one. */
  readonly jobsPerMonth?: number | undefined;
}

export const USAGE = `npm start -- [--once] [--port N] [--data-dir DIR] [--webhook PROFILE=URL]…
             [--jobs-per-month N]

  --once          run the demo job and exit: 0 if it went through, 1 if not
  --port N        the API's port; 0 takes a free one (without: 8787 if it is free)
  --data-dir DIR  where table, secrets and agent state are kept (.signet);
                  a relative name is in the checkout
  --jobs-per-month N
                  the quota of the demo account, to see it used up; the demo job takes one
  --webhook PROFILE=URL
                  sends every event from now on there too, signed for that profile; the secret is in
                  local.json. The URL is on this machine or on the public internet; one for each profile.
                  A start without it is a pause: what ends then is not sent later.
                  Profiles: ${OUTBOUND_PROFILES.join(', ')}`;

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
    webhook: { type: 'string', multiple: true },
    'jobs-per-month': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  return parseArgs({ args: [...argv], options }).values;
}

function toOptions(words: ReturnType<typeof splitWords>): LaptopOptions {
  const { once = false, port, 'data-dir': dataDir = '.signet', webhook = [], 'jobs-per-month': quota } = words;
  if (dataDir === '') throw new Error('--data-dir takes the name of a directory.');
  const webhooks = webhook.map(parseOwnWebhook);
  if (new Set(webhooks.map(({ profile }) => profile)).size < webhooks.length)
    throw new Error('--webhook takes one URL for each profile.');
  const jobsPerMonth = quota === undefined ? {} : { jobsPerMonth: parseQuota(quota) };
  return { once, port: port === undefined ? 'usual' : parsePort(port), dataDir, webhooks, ...jobsPerMonth };
}

function parsePort(text: string): number | 'any' {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port takes a number from 0 to 65535, not '${text}'.`);
  return port === 0 ? 'any' : port;
}

function parseQuota(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--jobs-per-month takes a number from 1, not '${text}'.`);
  return Number(text);
}

/** Node's sentences on options go on with advice for other programs. */
function firstSentence(text: string): string {
  return `${text.split(/\.(?:\s|$)|\n/)[0]}.`;
}
