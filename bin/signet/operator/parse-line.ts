// The operator's command line: words to a row of the table with its values, or refused in the user's words.
import { parseArgs } from 'node:util';
import { refuseSecretWords } from '../terminal/command-line.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Command, OptionRow } from './command.ts';
import { COMMANDS, GROUPS } from './commands/all-commands.ts';
import { COMMON_OPTIONS, optionNameOf, optionsOf } from './commands/options-of.ts';
import { askIfMeant } from './nearest.ts';

export interface RunLine {
  readonly kind: 'run';
  readonly command: Command;
  readonly words: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly common: CommonValues;
}

export interface CommonValues {
  readonly stage?: string;
  /** The laptop's data directory. */
  readonly local?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly secretOut?: string;
}

export type Line = RunLine | { readonly kind: 'help'; readonly topic: readonly string[] };

export const DEFAULT_LOCAL = '.signet';

/** @throws UsageError for a line that says nothing. */
export function parseLine(argv: readonly string[], nowMs: number): Line {
  refuseSecretWords(argv);
  const { values, positionals } = splitWords(argv);
  if (values['help'] || positionals[0] === 'help')
    return { kind: 'help', topic: positionals.filter((word, index) => index > 0 || word !== 'help') };
  const command = findCommand(positionals);
  const words = readArguments(command, positionals.slice(command.name.split(' ').length));
  const all = readOptions(command, values, nowMs);
  const isCommon = ([name]: [string, unknown]) => Object.hasOwn(COMMON_OPTIONS, name);
  const common: CommonValues = Object.fromEntries(Object.entries(all).filter(isCommon));
  const options = Object.fromEntries(Object.entries(all).filter((entry) => !isCommon(entry)));
  return { kind: 'run', command, words, options, common };
}

type Values = Readonly<Record<string, readonly (string | boolean)[] | undefined>>;

function splitWords(argv: readonly string[]): { values: Values; positionals: string[] } {
  const known = Object.assign({}, COMMON_OPTIONS, ...COMMANDS.map((row) => row.options)) as Record<string, OptionRow>;
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { kind }]) => {
      const type = kind ? ('string' as const) : ('boolean' as const);
      return [optionNameOf(name), { type, multiple: true }];
    }),
  );
  const args = argv.map((word) => (word === '--local' ? `--local=${DEFAULT_LOCAL}` : word === '-h' ? '--help' : word));
  try {
    return parseArgs({ args, options, allowPositionals: true, allowNegative: true }) as never;
  } catch (error) {
    throw new UsageError(describeParseError(error as Error, Object.keys(options)));
  }
}

function describeParseError({ message }: Error, known: readonly string[]): string {
  const [, lacking] = /^Option '--([^' ]+).* (?:missing|ambiguous)/.exec(message) ?? [];
  if (lacking !== undefined) return `--${lacking} needs a value, which begins with no dash. See signet --help.`;
  const [, unknown] = /^Unknown option '--?([^']+)'/.exec(message) ?? [];
  if (unknown === undefined) return `${message.split(/\.(?:\s|$)|\n/)[0]}. See signet --help.`;
  return `There is no option --${unknown}.${askIfMeant(unknown, known).replace('mean ', 'mean --')} See signet --help.`;
}

/** The longest name that the words begin with. */
function findCommand(words: readonly string[]): Command {
  const isBeginning = ({ name }: Command) => name.split(' ').every((word, index) => words[index] === word);
  const found = COMMANDS.filter(isBeginning).toSorted((one, other) => other.name.length - one.name.length)[0];
  if (found) return found;
  throw new UsageError(sayWhatThereIs(words));
}

function sayWhatThereIs(words: readonly string[]): string {
  const group = GROUPS.filter((name) => name.split(' ').every((word, index) => words[index] === word)).at(-1);
  const depth = group?.split(' ').length ?? 0;
  const heads = COMMANDS.map(({ name }) => name.split(' ')).filter(
    (parts) => parts.slice(0, depth).join(' ') === (group ?? ''),
  );
  const next = [...new Set(heads.map((parts) => String(parts[depth])))];
  const word = words[depth];
  const where = group === undefined ? 'signet' : `signet ${group}`;
  const known = group === undefined ? [...next, 'sign', 'send', 'verify', 'explain'] : next;
  if (word === undefined) return `Say what to do: ${where} ${known.join(' | ')}. See ${where} --help.`;
  return `${where} knows no "${word}".${askIfMeant(word, known)} See ${where} --help.`;
}

function readArguments(command: Command, given: readonly string[]): Record<string, string> {
  const missing = command.arguments[given.length];
  const hint = `See signet ${command.name} --help.`;
  if (missing !== undefined || given.includes(''))
    throw new UsageError(`signet ${command.name} needs <${missing ?? command.arguments[given.indexOf('')]}>. ${hint}`);
  if (given.length > command.arguments.length)
    throw new UsageError(`"${given[command.arguments.length]}" is a word too many. ${hint}`);
  return Object.fromEntries(command.arguments.map((name, index) => [name, given[index] ?? '']));
}

function readOptions(command: Command, values: Values, nowMs: number): Record<string, unknown> {
  const rows = optionsOf(command);
  const flags = Object.keys(rows).map(optionNameOf);
  const strange = Object.keys(values).find((name) => !flags.includes(name));
  const hint = `See signet ${command.name} --help.`;
  if (strange !== undefined)
    throw new UsageError(`signet ${command.name} has no --${strange}.${askIfMeant(strange, flags)} ${hint}`);
  const missing = Object.keys(rows).find((name) => rows[name]?.isRequired && !values[optionNameOf(name)]);
  if (missing !== undefined)
    throw new UsageError(`signet ${command.name} needs --${optionNameOf(missing)}: ${rows[missing]?.text}. ${hint}`);
  return Object.fromEntries(
    Object.entries(rows).flatMap(([name, row]) => {
      const given = values[optionNameOf(name)];
      return given ? [[name, readOption(row, optionNameOf(name), { given, nowMs })]] : [];
    }),
  );
}

function readOption(
  row: OptionRow,
  name: string,
  { given, nowMs }: { given: readonly (string | boolean)[]; nowMs: number },
): unknown {
  if (given.length > 1 && !row.isRepeatable) throw new UsageError(`--${name} is there twice.`);
  if (!row.kind) {
    if (given[0] === false && !row.isNegatable) throw new UsageError(`There is no option --no-${name}.`);
    return given[0];
  }
  const { kind } = row;
  const values = given.map((text) => {
    const value = kind.parse(String(text), nowMs);
    if (value === undefined) throw new UsageError(`--${name} takes ${kind.takes}, not "${text}".`);
    return value;
  });
  return row.isRepeatable ? values : values[0];
}
