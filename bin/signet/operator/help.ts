// Help in three levels, made of the table of commands: everything, one group, one command.
import { usage } from '../terminal/command-line.ts';
import { wrap } from '../terminal/layout.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Command, OptionRow } from './command.ts';
import { COMMANDS, GROUPS } from './commands/all-commands.ts';
import { optionNameOf, optionsOf } from './commands/options-of.ts';
import { EXITS } from './exits.ts';
import { askIfMeant } from './nearest.ts';

const COLUMNS = 80;
const INDENT = '  ';

/** @throws UsageError for a topic that there is not. */
export function helpOn(topic: readonly string[]): string {
  const name = topic.join(' ');
  const command = COMMANDS.find((row) => row.name === name || name.startsWith(`${row.name} `));
  if (command) return helpOnCommand(command);
  if (topic.length === 0) return helpOnEverything();
  const rows = COMMANDS.filter((row) => row.name.startsWith(`${name} `));
  if (rows.length > 0) return helpOnGroup(name, rows);
  throw new UsageError(
    `There is no help on "${name}".${askIfMeant(name, [...GROUPS, ...COMMANDS.map((row) => row.name)])}`,
  );
}

function helpOnEverything(): string {
  const groups = GROUPS.filter((group) => !group.includes(' ')).map((group) => {
    const rows = COMMANDS.filter(({ name }) => name === group || name.startsWith(`${group} `));
    const words = rows.map(({ name }) => name.slice(group.length + 1)).filter(Boolean);
    return [`signet ${group}`, words.join(' | ') || String(rows[0]?.does)] as const;
  });
  return [
    usage(),
    '',
    'For operators, with credentials of the deployment’s own AWS account:',
    '',
    ...twoColumns(groups),
    '',
    ...wrap(TARGET, COLUMNS),
    ...wrap('signet COMMAND --help says more, with examples. --json gives one JSON object.', COLUMNS),
    '',
    '  signet account create --name "Acme Ltd" --stage prod',
    '  signet key create --help',
  ].join('\n');
}

const TARGET =
  '--stage NAME works on the deployment of that stage (region and profile as AWS tools take them: AWS_REGION, ' +
  'AWS_PROFILE). --local works on the npm start of this folder, --local=DIR on another; while one runs, it is the default.';

function helpOnGroup(group: string, rows: readonly Command[]): string {
  return [
    ...twoColumns(rows.map((row) => [synopsis(row), row.does] as const)),
    '',
    `signet ${group} COMMAND --help says more. Examples:`,
    '',
    ...[...new Set(rows.map(({ examples: [first] }) => first))].slice(0, 3).flatMap(showExample),
  ].join('\n');
}

function helpOnCommand(command: Command): string {
  const { does, details = [], examples } = command;
  return [
    ...wrap(`${does[0]?.toUpperCase()}${does.slice(1)}.`, COLUMNS),
    ...details.flatMap((text) => wrap(text, COLUMNS)),
    ...(command.confirm ? wrap(ASKS, COLUMNS) : []),
    '',
    ...wrap(`${synopsis(command)}${requiredOptions(command)} [options]`, COLUMNS, INDENT),
    '',
    ...twoColumns(
      Object.entries(optionsOf(command)).map(([name, row]) => [labelOf(name, row), describe(row)] as const),
    ),
    '',
    ...examples.flatMap(showExample),
    '',
    ...describeExits(),
  ].join('\n');
}

const ASKS = 'Where that destroys, it says what will happen and asks for the id; without a terminal it wants --yes.';

/** A code and what it means stay on one line. */
function describeExits(): string[] {
  const items = Object.values(EXITS).map(({ code, text }) => `${code} ${text}`.replaceAll(' ', STICKY));
  return wrap(`Exit: ${items.join(' · ')}`, COLUMNS).map((line) => line.replaceAll(STICKY, ' '));
}

const STICKY = '\u00a0';

function synopsis({ name, arguments: words }: Command): string {
  return ['signet', name, ...words.map((word) => `<${word}>`)].join(' ');
}

function requiredOptions(command: Command): string {
  const rows = Object.entries(command.options).filter(([, row]) => row.isRequired);
  return rows.map(([name, row]) => ` --${optionNameOf(name)} ${row.kind?.placeholder}`).join('');
}

function labelOf(name: string, { kind, isNegatable }: OptionRow): string {
  if (name === 'local') return '--local[=DIR]';
  const flag = isNegatable ? `--[no-]${optionNameOf(name)}` : `--${optionNameOf(name)}`;
  return kind ? `${flag} ${kind.placeholder}` : flag;
}

/** What the value is, where its name in help does not say it. */
function describe({ text, kind, isRequired, isRepeatable }: OptionRow): string {
  const takes = kind && !/^(?:a text|an id|a name|a URL|the |a whole)/.test(kind.takes) ? `: ${kind.takes}` : '';
  return `${text}${takes}${isRequired ? ' (needed)' : ''}${isRepeatable ? ' (may be repeated)' : ''}`;
}

const WIDEST_LEFT = 28;

/** A left text that is too long gets a line of its own. */
function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(WIDEST_LEFT, Math.max(...rows.map(([left]) => left.length)));
  const indent = ' '.repeat(INDENT.length + width + 2);
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, COLUMNS - indent.length);
    const isLong = left.length > width;
    const head = INDENT + left.padEnd(width + 2);
    return [
      ...(isLong ? [INDENT + left] : []),
      ...lines.map((line, index) => (index === 0 && !isLong ? head : indent) + line),
    ];
  });
}

/** Broken as a shell takes it. */
function showExample(line: string): string[] {
  const lines = wrap(line, COLUMNS - 2 * INDENT.length - 2);
  const last = lines.length - 1;
  return lines.map((text, index) => `${index > 0 ? INDENT : ''}${INDENT}${text}${index < last ? ' \\' : ''}`);
}
