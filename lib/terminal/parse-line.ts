// From the words of a command line to the command and its values, or to the help that was asked for.
import { type Command, CommanderError } from 'commander';
import { buildCommand } from './build-command.ts';
import { describeFault } from './describe-fault.ts';
import { UsageError } from './exit-error.ts';
import {
  type CommandShape,
  commandsOf,
  labelOf,
  type OptionRow,
  type OptionRows,
  optionNameOf,
  optionsOf,
  type Program,
} from './program.ts';

export interface CommandLine<C extends CommandShape = CommandShape> {
  readonly kind: 'run';
  readonly command: C;
  /** The arguments by their names. */
  readonly words: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** The values of the command's shared options. */
  readonly shared: Readonly<Record<string, unknown>>;
}

/** Help or the version, which the line asked for. */
export interface HelpLine {
  readonly kind: 'help';
  readonly text: string;
}

export interface ParseOptions {
  /** How wide help may be. */
  readonly columns: number;
  readonly nowMs: number;
}

/** Returns the command that the words name, with every value parsed. @throws UsageError with one sentence. */
export function parseLine<C extends CommandShape>(
  program: Program<C>,
  argv: readonly string[],
  options: ParseOptions,
): CommandLine<C> | HelpLine {
  refuseSecretWords(program, argv);
  let line: CommandLine<C> | undefined;
  let help = '';
  let helpNode: Command | undefined;
  const root = buildCommand(program, {
    ...options,
    writeHelp: (text) => {
      help += text;
    },
    onCommand: (row, node) => {
      line = readNode(program, row, node);
    },
    onExit: (error, node) => {
      helpNode = node;
      throw isAnswer(error) ? error : new UsageError(describeFault(error, node));
    },
  });
  try {
    root.parse(prepareWords(program, argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (helpNode && isUnknownTopic(helpNode)) return parseLine(program, withoutHelp(argv), options);
    return { kind: 'help', text: help };
  }
  if (!line) throw new Error(`${program.name} has no command for this line.`);
  return line;
}

/** True when commander has printed what the line asked for. */
function isAnswer({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

/**
 * `signet help key rotate` becomes `signet key rotate --help`. An option that the user gives without a value gets its bare value.
 * An unknown option loses the value after `=`: commander would repeat it, and it may be a secret.
 */
function prepareWords<C extends CommandShape>(program: Program<C>, argv: readonly string[]): string[] {
  const rows = Object.assign({}, program.leading, ...commandsOf(program).map(optionsOf)) as OptionRows;
  const known = new Map(Object.entries(rows).map(([name, row]) => [`--${optionNameOf(name)}`, row]));
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const words = argv.map((word, index) => {
    if (index > end) return word;
    const bare = known.get(word)?.bare;
    if (bare !== undefined) return `${word}=${bare}`;
    const [, flag] = /^(--[^=]+)=/s.exec(word) ?? [];
    return flag === undefined || known.has(flag) ? word : flag;
  });
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words;
}

/** True when help was asked for a command that the group does not have. Commander then prints the help of the group. */
function isUnknownTopic({ commands, args: [first = '-'] }: Command): boolean {
  return commands.length > 0 && !first.startsWith('-');
}

function withoutHelp(argv: readonly string[]): string[] {
  return argv.filter((word, index) => !['--help', '-h'].includes(word) && !(index === 0 && word === 'help'));
}

const SECRET_WORD = /^--(?:secret|private-key-text|password|token)(?:=|$)/;

/** Refuses options that would hold a secret. @throws UsageError that does not repeat it. */
function refuseSecretWords<C extends CommandShape>({ secretAdvice }: Program<C>, argv: readonly string[]): void {
  if (secretAdvice !== undefined && argv.some((word) => SECRET_WORD.test(word)))
    throw new UsageError(`Every process can read a secret on the command line. ${secretAdvice}`);
}

/** Commander has parsed each value. The other checks are here, so that a misspelled option is named before a missing one. */
function readNode<C extends CommandShape>(program: Program, row: C, node: Command): CommandLine<C> {
  const rows = optionsOf(row);
  const values: Record<string, unknown> = { ...leadingValues(node.parent), ...node.opts() };
  const path = `"${`${program.name} ${row.name}`.trim()}"`;
  const foreign = Object.keys(values).find((name) => !Object.hasOwn(rows, name));
  if (foreign !== undefined) throw new UsageError(`${path} has no option --${optionNameOf(foreign)}.`);
  const empty = row.arguments.find((_, index) => node.args[index] === '');
  if (empty !== undefined) throw new UsageError(`${path} needs <${empty}>, and it is empty.`);
  const missing = Object.entries(rows).find(([name, { isRequired }]) => isRequired && !Object.hasOwn(values, name));
  if (missing) throw new UsageError(`${path} needs ${describeOption(...missing)}`);
  const pick = (isOwn: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(row.options, name) === isOwn));
  const words = Object.fromEntries(row.arguments.map((name, index) => [name, node.args[index] ?? '']));
  return { kind: 'run', command: row, words, options: pick(true), shared: pick(false) };
}

/** Returns the values of options that come before the command. */
function leadingValues(node: Command | null): Record<string, unknown> {
  return node ? { ...leadingValues(node.parent), ...node.opts() } : {};
}

function describeOption(name: string, row: OptionRow): string {
  const example = row.kind ? ` Example: --${optionNameOf(name)} ${row.kind.example}` : '';
  return `${labelOf(name, row)}: ${row.text}.${example}`;
}
