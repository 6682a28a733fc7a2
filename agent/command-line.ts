// The command line: a table of commands, parsed to an intention or refused in the user's words.
import { parseArgs } from 'node:util';
import { accept, refuse, type Verdict } from '../lib/protocol/verdict.ts';
import { EXITS } from './events/agent-error.ts';

interface CommandRow {
  readonly usage: string;
  readonly does: string;
  /** Names of the words after the command; all are needed. */
  readonly words: readonly string[];
  readonly options: readonly OptionName[];
}

const OPTIONS = {
  state: {
    type: 'string',
    text: '--state DIR     where key and spool are kept (else SIGNET_AGENT_STATE, else the platform’s place)',
  },
  name: { type: 'string', text: '--name NAME     enroll: what the relay shows for this desktop (else the host name)' },
  expect: { type: 'string', text: '--expect DOMAIN once: where the link should end' },
  help: { type: 'boolean', text: '--help          this text' },
} as const;

type OptionName = keyof typeof OPTIONS;

export const COMMANDS = {
  enroll: {
    usage: 'enroll <token>',
    does: 'make a key and let the relay know this desktop',
    words: ['token'],
    options: ['state', 'name'],
  },
  run: { usage: 'run', does: 'take jobs from the relay until told to stop', words: [], options: ['state'] },
  once: {
    usage: 'once <url>',
    does: 'resolve one link here and print what was found',
    words: ['url'],
    options: ['expect'],
  },
  status: { usage: 'status', does: 'show who this desktop is and what waits', words: [], options: ['state'] },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

export interface CommandLine {
  readonly command: CommandName | 'help';
  readonly words: readonly string[];
  readonly options: { readonly [N in Exclude<OptionName, 'help'>]?: string | undefined };
}

/** The reason is for the person at the terminal. */
export function parseCommandLine(argv: readonly string[]): Verdict<CommandLine, 'usage'> {
  const parsed = parseWords(argv);
  if (!parsed.ok) return parsed;
  const { help, ...options } = parsed.value.values;
  const [name, ...words] = parsed.value.positionals;
  if (help || name === 'help') return accept({ command: 'help', words: [], options: {} });
  if (name === undefined) return refuse('usage', `Say what to do: ${Object.keys(COMMANDS).join(', ')}. See --help.`);
  if (!Object.hasOwn(COMMANDS, name)) return refuse('usage', `There is no command "${name}". See --help.`);
  const command = name as CommandName;
  const fault = findFault(COMMANDS[command], words, options);
  return fault
    ? refuse('usage', `${fault} Usage: signet-agent ${COMMANDS[command].usage}`)
    : accept({ command, words, options });
}

function parseWords(argv: readonly string[]) {
  const options = Object.fromEntries(Object.entries(OPTIONS).map(([name, { type }]) => [name, { type }]));
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return accept({ values: values as CommandLine['options'] & { help?: boolean }, positionals });
  } catch (error) {
    return refuse('usage', (error as Error).message);
  }
}

function findFault(row: CommandRow, words: readonly string[], options: object): string | undefined {
  const missing = row.words[words.length];
  if (missing) return `The ${missing} is missing.`;
  if (words.length > row.words.length) return `"${words[row.words.length]}" is one word too many.`;
  const foreign = Object.keys(options).find((name) => !row.options.includes(name as OptionName));
  return foreign && `--${foreign} does not go with this command.`;
}

export function helpText(): string {
  const commands = Object.values(COMMANDS).map(({ usage, does }) => `  ${usage.padEnd(16)}${does}`);
  const options = Object.values(OPTIONS).map(({ text }) => `  ${text}`);
  const exits = Object.values(EXITS).map(({ code, meaning }) => `  ${code}  ${meaning}`);
  return [
    'signet-agent: resolves links for a Signet relay from behind your firewall. It opens no port.',
    ...['', 'Commands', ...commands],
    ...['', 'Options', ...options],
    ...['', 'Environment', '  SIGNET_AGENT_STATE   the state directory, when --state is not given'],
    '  SIGNET_ALLOW_CIDRS   ranges outside the public Internet that links may lead to, such as 10.0.0.0/8,fd00::/8',
    ...['', 'Exit codes', ...exits],
    ...['', 'run prints one line per event: text on a terminal, JSON otherwise.', ''],
  ].join('\n');
}
