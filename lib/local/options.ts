// The command line of `npm start`.
import { VERSION } from '../api/version.ts';
import { OUTBOUND_PROFILES } from '../protocol/profiles/profiles.ts';
import { asExit, UsageError } from '../terminal/exit-error.ts';
import {
  type CommandShape,
  flag,
  type Given,
  type OptionRows,
  overridable,
  type Program,
  repeated,
} from '../terminal/program.ts';
import { FILE, type Kind } from '../terminal/values.ts';
import { type OwnWebhook, parseOwnWebhook } from './own-webhook.ts';

export interface LaptopOptions {
  /** Exit after the demo job. */
  readonly once: boolean;
  /** The port of the API: the requested one, any free one, or the usual one when it is free. */
  readonly port: number | 'any' | 'usual';
  /** Where the state is kept between starts, as the user named it. */
  readonly dataDir: string;
  /** Consumers that the user brings: at most one for each outbound profile. */
  readonly webhooks: readonly OwnWebhook[];
  /** The quota of the demo account. @default the usual quota. */
  readonly jobsPerMonth?: number | undefined;
}

export const USUAL_PORT = 8787;

const PORT: Kind<number | 'any'> = {
  placeholder: 'N',
  takes: 'a number from 0 to 65535',
  isPlain: true,
  example: '9000',
  parse(text) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port <= 65_535)) return undefined;
    return port === 0 ? 'any' : port;
  },
};

const QUOTA: Kind<number> = {
  placeholder: 'N',
  takes: 'a number from 1',
  isPlain: true,
  example: '50',
  parse: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
};

const DIRECTORY: Kind<string> = { ...FILE, placeholder: 'DIR', takes: 'the name of a directory', example: './relay' };

const WEBHOOK: Kind<OwnWebhook> = {
  placeholder: 'PROFILE=URL',
  takes: 'PROFILE=URL',
  isPlain: true,
  example: 'nitro=http://127.0.0.1:9000/hook',
  parse: (text) => asExit('usage', () => parseOwnWebhook(text)),
};

const OPTIONS = {
  once: flag('run the demo job and exit: with 0 when it succeeded, with 1 when it did not'),
  port: overridable(PORT, 'the port of the API; 0 is any free one', `${USUAL_PORT}, if it is free`),
  dataDir: overridable(DIRECTORY, 'where tables, secrets and state are kept', '.signet in the checkout'),
  jobsPerMonth: overridable(QUOTA, 'the quota of the demo account; the demo job uses one'),
  webhook: repeated(WEBHOOK, 'send every event there too, signed for that profile; one URL for each profile'),
} as const satisfies OptionRows;

export const NPM_START: Program = {
  name: 'npm start',
  invocation: 'npm start --',
  version: VERSION,
  does: 'Runs a whole Signet Relay on this machine, with a demo job. It needs no AWS account and no Docker.',
  sections: [{ title: 'Commands:', commands: [describeStart()] }],
  notes: [
    `The profiles of --webhook are ${OUTBOUND_PROFILES.join(', ')}. The URL is on this machine or on the public ` +
      'Internet, and the secret is in local.json. A start without --webhook is a pause: events of that time are not sent later.',
  ],
  examples: ['npm start', 'npm start -- --once', 'npm start -- --webhook nitro=http://127.0.0.1:9000/hook'],
};

function describeStart(): CommandShape {
  return { name: '', does: 'run the relay', arguments: [], options: OPTIONS, examples: ['npm start'] };
}

/** Returns the options of a parsed command line. @throws UsageError when a profile has two webhooks. */
export function readLaptopOptions(given: Given<typeof OPTIONS>): LaptopOptions {
  const { once = false, port = 'usual', dataDir = '.signet', webhook: webhooks = [], ...quota } = given;
  if (new Set(webhooks.map(({ profile }) => profile)).size < webhooks.length)
    throw new UsageError('--webhook takes one URL for each profile.');
  return { once, port, dataDir, webhooks, ...quota };
}
