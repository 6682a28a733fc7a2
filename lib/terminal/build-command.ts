// Builds commander's commands from the rows of a program: names, options, help texts.
import { Command, type CommanderError, Option } from 'commander';
import { UsageError } from './exit-error.ts';
import { EXITS } from './exits.ts';
import { wrap } from './layout.ts';
import {
  type CommandShape,
  labelOf,
  type OptionRow,
  type OptionRows,
  optionNameOf,
  optionsOf,
  type Program,
} from './program.ts';

export interface ParseContext<C extends CommandShape> {
  /** How wide help may be. */
  readonly columns: number;
  readonly nowMs: number;
  readonly writeHelp: (text: string) => void;
  /** Receives the row that the command line names, and the node that holds the values. */
  readonly onCommand: (row: C, node: Command) => void;
  /** Receives what commander refuses, and also the end of a line that asked for help or for the version. */
  readonly onExit: (error: CommanderError, node: Command) => never;
}

/** Returns the root of the program. Parsing with it calls the context back, and never writes to a stream or exits. */
export function buildCommand<C extends CommandShape>(program: Program<C>, context: ParseContext<C>): Command {
  const root = new Command(program.invocation ?? program.name).description(program.does);
  root.enablePositionalOptions().helpOption('-h, --help', 'print this help').configureHelp(HELP);
  root.configureOutput({
    writeOut: context.writeHelp,
    writeErr: () => {},
    getOutHelpWidth: () => context.columns,
    getOutHasColors: () => false,
  });
  for (const { title, commands } of program.sections)
    for (const row of commands) fillNode(nodeAt(root, row.name, title), row, context);
  for (const node of nodesUnder(root)) finishNode(node, program, context);
  return root.addHelpText('after', () => describeTexts(root, program, context.columns));
}

const HELP = {
  minWidthToWrap: 20,
  optionDescription: ({ description }: Option) => description,
  subcommandTerm: (node: Command) => [node.name(), ...argumentsOf(node)].join(' '),
};

function argumentsOf(node: Command): string[] {
  return node.registeredArguments.map((argument) => `<${argument.name()}>`);
}

/** Finds the node of these words, or makes it. */
function nodeAt(root: Command, name: string, title: string): Command {
  let node = root;
  for (const word of name.split(' ').filter(Boolean)) {
    const known = node.commands.find((child) => child.name() === word);
    node = known ?? node.command(word).helpGroup(node === root ? title : 'Commands:');
  }
  return node;
}

function nodesUnder(node: Command): Command[] {
  return [node, ...node.commands.flatMap(nodesUnder)];
}

/** Gives the node what its row says. */
function fillNode<C extends CommandShape>(node: Command, row: C, { columns, nowMs, onCommand }: ParseContext<C>): void {
  for (const name of row.arguments) node.argument(`<${name}>`);
  addOptions(node, optionsOf(row), nowMs);
  const needed = Object.entries(optionsOf(row)).filter(([, { isRequired }]) => isRequired);
  const labels = needed.map(([name, option]) => labelOf(name, option));
  node.usage([...argumentsOf(node), ...labels, '[options]'].join(' ')).action(() => onCommand(row, node));
  if (row.name === '') return;
  const sentences = [`${row.does[0]?.toUpperCase()}${row.does.slice(1)}.`, ...(row.details ?? [])];
  node.summary(row.does).description(sentences.join(' '));
  node.addHelpText('after', () => describeTexts(node, row, columns));
}

/** Gives the node what every node of its kind has. A group lists its commands in the help of the program. */
function finishNode<C extends CommandShape>(node: Command, program: Program<C>, context: ParseContext<C>): void {
  const isRoot = node.parent === null;
  node.exitOverride((error) => context.onExit(error, node));
  if (node.commands.length > 0) {
    node.helpCommand(false);
    addOptions(node, program.leading ?? {}, context.nowMs);
    if (!isRoot) node.summary(namesUnder(node).join(' | '));
  }
  if (node.options.some(({ long }) => long === '--version')) return;
  node.version(program.version, '-V, --version', 'print the version');
  node.options.at(-1)?.hideHelp(!isRoot);
}

function namesUnder(node: Command): string[] {
  return node.commands.flatMap((child) =>
    child.commands.length > 0 ? namesUnder(child).map((name) => `${child.name()} ${name}`) : [child.name()],
  );
}

function addOptions(node: Command, rows: OptionRows, nowMs: number): void {
  for (const [name, row] of Object.entries(rows)) {
    node.addOption(toOption(name, row, nowMs));
    if (row.isNegatable) node.addOption(new Option(`--no-${optionNameOf(name)}`).hideHelp());
  }
}

/** What commander passes when the value is missing. It then does not use the next option as the value. */
const NO_VALUE = Symbol('no value');

function toOption(name: string, row: OptionRow, nowMs: number): Option {
  const flag = `--${optionNameOf(name)}`;
  const option = new Option(row.kind ? `${flag} [value]` : flag, describeOption(row));
  option.flags = labelOf(name, row);
  if (!row.kind) return option;
  return option
    .preset(NO_VALUE)
    .argParser((text: unknown, previous: unknown) => readValue(flag, row, { text, previous, nowMs }));
}

/** Says what the value is, where its placeholder does not say it, and what applies without the option. */
function describeOption({ text, kind, byDefault, isRequired, isRepeatable }: OptionRow): string {
  const takes = kind && !kind.isPlain ? `: ${kind.takes}` : '';
  const remarks = [isRequired && 'required', isRepeatable && 'repeatable', byDefault && `default: ${byDefault}`];
  return [text + takes, ...remarks.filter(Boolean).map((remark) => `(${remark})`)].join(' ');
}

interface Reading {
  readonly text: unknown;
  readonly previous: unknown;
  readonly nowMs: number;
}

function readValue(flag: string, row: OptionRow, { text, previous, nowMs }: Reading): unknown {
  const { kind, isRepeatable, isOverridable } = row;
  const example = `Example: ${flag} ${kind?.example}`;
  if (text === NO_VALUE) throw new UsageError(`${flag} needs a value: ${kind?.takes}. ${example}`);
  if (previous !== undefined && !isRepeatable && !isOverridable)
    throw new UsageError(`${flag} is given twice, and takes one value.`);
  const value = kind?.parse(String(text), nowMs);
  if (value === undefined) throw new UsageError(`${flag} takes ${kind?.takes}, not "${text}". ${example}`);
  return isRepeatable ? [...((previous as unknown[] | undefined) ?? []), value] : value;
}

type HelpTexts = Pick<Program, 'notes' | 'environment' | 'examples'>;

/** Returns what commander's help does not have: paragraphs, variables, examples and exit codes. */
function describeTexts(node: Command, { notes = [], environment = {}, examples }: HelpTexts, columns: number): string {
  const help = Object.assign(node.createHelp(), { helpWidth: columns });
  const showList = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(...rows.map(([term]) => term.length));
    const items = rows.map(([term, text]) => help.formatItem(term, width, text, help));
    return help.formatItemList(title, items, help);
  };
  const shown = examples.map((example) => breakExample(example, columns));
  const exits = Object.values(EXITS).map(({ code, meaning }) => [String(code), meaning] as const);
  const lines = [
    ...notes.flatMap((text) => [help.boxWrap(text, columns), '']),
    ...showList('Environment:', Object.entries(environment)),
    ...help.formatItemList('Examples:', shown, help),
    ...showList('Exit codes:', exits),
  ];
  return `\n${lines.join('\n').trimEnd()}`;
}

/** Breaks a long command line as a shell accepts it. */
function breakExample(example: string, columns: number): string {
  return `  ${wrap(example, columns - 6).join(' \\\n    ')}`;
}
