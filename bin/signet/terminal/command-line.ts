// The command line of `signet`: a table of commands, parsed to an intention or refused in the user's words.
import { parseArgs } from 'node:util';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { UsageError } from './usage-error.ts';

const OPTIONS = {
  profile: {
    type: 'string',
    text: [
      '--profile NAME',
      `requests: ${INBOUND_PROFILES.join(', ')}`,
      `deliveries: ${OUTBOUND_PROFILES.slice(0, -1).join(', ')},`,
      `  ${OUTBOUND_PROFILES.at(-1)}`,
    ],
  },
  'key-id': { type: 'string', text: ['--key-id ID', 'the key that signs'] },
  'secret-file': { type: 'string', text: ['--secret-file F', 'its secret; else SIGNET_SECRET, else you are asked'] },
  'private-key': {
    type: 'string',
    text: ['--private-key F', 'rfc9421: an Ed25519 private key in PEM, for a secret'],
  },
  'public-key': { type: 'string', text: ['--public-key F', 'explain: an Ed25519 public key in PEM'] },
  from: {
    type: 'string',
    text: ['--from F', 'relay, profile and secret of --key-id,', 'from .signet/local.json of npm start'],
  },
  method: { type: 'string', text: ['--method M', 'default: POST with a body, else GET'] },
  url: { type: 'string', text: ['--url URL', 'where to; with --from a path is enough'] },
  body: { type: 'string', text: ['--body TEXT', 'exactly this'] },
  'body-file': {
    type: 'string',
    text: [
      '--body-file F',
      'exactly these bytes; - reads them from standard input',
      'verify, explain: the body, where the capture has none',
    ],
  },
  as: { type: 'string', text: ['--as FORM', 'sign: headers, curl or http; default: headers'] },
  timeout: { type: 'string', text: ['--timeout SECONDS', 'send: default 30'] },
  nonce: { type: 'string', text: ['--nonce N', 'in the place of a fresh one'] },
  at: { type: 'string', text: ['--at TIME', 'as if it were then: seconds, milliseconds or RFC 3339'] },
  json: { type: 'boolean', text: ['--json', 'one JSON object, for programs'] },
  help: { type: 'boolean', short: 'h', text: ['--help, -h', 'this text'] },
} as const;

type OptionName = keyof typeof OPTIONS;

interface CommandRow {
  readonly usage: string;
  readonly does: string;
  /** True when it reads a capture. */
  readonly takesFile: boolean;
  readonly options: readonly OptionName[];
}

const REQUEST_OPTIONS = [
  'profile',
  'key-id',
  'secret-file',
  'private-key',
  'from',
  'method',
  'url',
  'body',
  'body-file',
  'nonce',
  'at',
  'json',
] as const;

export const COMMANDS = {
  sign: {
    usage: 'sign',
    does: 'build a signed request and show it',
    takesFile: false,
    options: [...REQUEST_OPTIONS, 'as'],
  },
  send: {
    usage: 'send',
    does: 'build it, send it once, show the answer',
    takesFile: false,
    options: [...REQUEST_OPTIONS, 'timeout'],
  },
  verify: {
    usage: 'verify <capture>',
    does: 'check a captured delivery as its consumer',
    takesFile: true,
    options: ['profile', 'secret-file', 'body-file', 'at', 'json'],
  },
  explain: {
    usage: 'explain <capture>',
    does: 'show what a captured message signs, and its mistake',
    takesFile: true,
    options: ['secret-file', 'public-key', 'body-file', 'at', 'json'],
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;
export type Options = { readonly [Name in Exclude<OptionName, 'json' | 'help'>]?: string | undefined } & {
  readonly json?: boolean | undefined;
};

export interface CommandLine {
  readonly command: CommandName | 'help';
  readonly options: Options;
  /** The capture of `verify` and `explain`; `-` is standard input. */
  readonly file: string;
}

/** @throws UsageError for a line that says nothing. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parseWords(argv);
  const { help, ...options } = values;
  const [name, ...words] = positionals;
  if (help || name === 'help') return { command: 'help', options: {}, file: '' };
  const command = Object.keys(COMMANDS).find((known) => known === name) as CommandName | undefined;
  if (!command) throw new UsageError(`Say what to do: ${Object.keys(COMMANDS).join(', ')}. See signet --help.`);
  const row: CommandRow = COMMANDS[command];
  const strange = Object.keys(options).find((option) => !row.options.includes(option as OptionName));
  if (strange) throw new UsageError(`signet ${command} has no --${strange}. See signet --help.`);
  if (words.length !== (row.takesFile ? 1 : 0))
    throw new UsageError(
      row.takesFile
        ? `signet ${row.usage}: name one file, or - for standard input.`
        : `signet ${command} takes options only.`,
    );
  return { command, options, file: words[0] ?? '' };
}

const SECRET_WORD = /^--(?:secret|private-key-text|password|token)(?:=|$)/;

/** @throws UsageError that does not repeat it. */
export function refuseSecretWords(argv: readonly string[]): void {
  if (argv.some((word) => SECRET_WORD.test(word)))
    throw new UsageError(
      'A secret on the command line can be read by every process. Use --secret-file, SIGNET_SECRET or the prompt.',
    );
}

function parseWords(argv: readonly string[]) {
  refuseSecretWords(argv);
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.(?:\s|$)|\n/)[0]}. See signet --help.`);
  }
}

/** With its zone. */
export const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds of `--at`. */
export function parseMoment(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  const ms = /^\d{13}$/.test(text) ? Number(text) : RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms))
    throw new UsageError('--at takes seconds (10 digits), milliseconds (13), or a time such as 2026-01-31T12:00:00Z.');
  return ms;
}

/** Milliseconds of `--timeout`. */
export function parseTimeout(text = '30'): number {
  const seconds = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0) throw new UsageError('--timeout takes seconds, as in 30 or 0.5.');
  return seconds * 1000;
}

export function usage(): string {
  const commands = Object.values(COMMANDS).map(({ usage, does }) => `  signet ${usage.padEnd(18)}${does}`);
  const options = Object.values(OPTIONS).flatMap(({ text: [option, ...lines] }) =>
    lines.map((line, index) => `  ${(index === 0 ? option : '').padEnd(20)}${line}`),
  );
  return [
    'Signs and explains requests and webhooks.',
    '',
    ...commands,
    '',
    ...options,
    '',
    'A secret is never given on the command line, where every process can read it.',
    'A capture is raw HTTP, headers and body alone, what curl -v prints, or a HAR.',
    '- is standard input.',
    'Exit: 0 good · 1 refused, or does not hold · 2 the command line or a file',
    '      3 nobody answered · 70 a fault of signet itself',
    '',
    '  signet send --from .signet/local.json --key-id demo-rfc9421 \\',
    '    --url /api/auth/check --body {}',
    '  signet sign --profile link-peeler --key-id ID \\',
    '    --url https://relay.example/api/links/ID --as curl',
    '  signet verify delivery.txt --profile standard-webhooks --secret-file whsec.txt',
    '  signet explain request.har --secret-file secret.txt',
  ].join('\n');
}
