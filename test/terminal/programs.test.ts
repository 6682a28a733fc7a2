// The command lines of all programs, row by row: help and version at every level, suggestions, one table of exit codes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SIGNET_AGENT } from '../../agent/command-line.ts';
import { SIGNET } from '../../bin/signet/operator/run-operator.ts';
import { PARTNER_PROGRAM } from '../../bin/signet/partner/run.ts';
import { VERSION } from '../../lib/api/version.ts';
import { NPM_START } from '../../lib/local/options.ts';
import { EXITS } from '../../lib/terminal/exits.ts';
import { parseLine } from '../../lib/terminal/parse-line.ts';
import { commandsOf, labelOf, optionNameOf, optionsOf, type Program } from '../../lib/terminal/program.ts';

const PROGRAMS: readonly (readonly [string, Program])[] = [
  ['signet', SIGNET as Program],
  ['signet of partners', PARTNER_PROGRAM as unknown as Program],
  ['signet-agent', SIGNET_AGENT as unknown as Program],
  ['npm start', NPM_START],
];

const parse = (program: Program, words: readonly string[], columns = 80) =>
  parseLine(program, words, { columns, nowMs: 0 });

function helpOf(program: Program, words: readonly string[], columns = 80): string {
  const line = parse(program, words, columns);
  if (line.kind !== 'help') throw new Error(`${words.join(' ')} runs a command.`);
  return line.text;
}

function refusalOf(program: Program, words: readonly string[]): string {
  try {
    parse(program, words);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${words.join(' ')} is accepted.`);
}

/** Every beginning of a command's name, such as `account` and `account pool`. */
function groupsOf(program: Program): string[] {
  const beginnings = commandsOf(program).flatMap(({ name }) => {
    const words = name.split(' ');
    return words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join(' '));
  });
  return [...new Set(beginnings)];
}

const tooLong = (text: string, columns: number) => text.split('\n').filter((line) => line.length > columns);
const EXIT_LINES = Object.values(EXITS).map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}`);

describe.each(PROGRAMS)('%s', (_, program) => {
  const rows = commandsOf(program).filter(({ name }) => name !== '');

  test.each([['--help'], ['-h'], ['help']])('prints with %s its commands, its exit codes and its examples', (word) => {
    const text = helpOf(program, [word]);
    expect(text).toMatch(new RegExp(`^Usage: ${program.invocation ?? program.name} `));
    expect(text).toContain(program.does.slice(0, 40));
    for (const { name } of rows) expect(text).toMatch(new RegExp(`^  ${name.split(' ')[0]}\\b`, 'm'));
    expect(text.split('\n')).toEqual(expect.arrayContaining([...EXIT_LINES, 'Examples:']));
    expect(text).toMatch(/^ {2}-V, --version /m);
    expect(tooLong(text, 80)).toEqual([]);
  });

  test('prints the version of package.json at every level', () => {
    const names = [
      '',
      ...groupsOf(program),
      ...rows.filter((row) => !('version' in row.options)).map(({ name }) => name),
    ];
    for (const name of names)
      for (const word of ['--version', '-V'])
        expect(helpOf(program, [...name.split(' ').filter(Boolean), word])).toBe(`${VERSION}\n`);
  });

  test('suggests the command that was meant', () => {
    const names = [...groupsOf(program), ...rows.map(({ name }) => name)].filter((name) => name.length > 4);
    if (names.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), (name, seed) => {
        const [last = '', ...before] = name.split(' ').toReversed();
        if (last.length < 5) return;
        const at = seed % last.length;
        for (const wrong of [last.slice(0, at) + last.slice(at + 1), last.slice(0, at) + last[at] + last.slice(at)]) {
          if (rows.some((row) => row.name === [...before.toReversed(), wrong].join(' '))) return;
          const message = refusalOf(program, [...before.toReversed(), wrong, 'x']);
          expect(message).toContain(`unknown command "${[...before.toReversed(), wrong].join(' ')}". Did you mean `);
          expect(message).toContain(`"${name}"`);
        }
      }),
    );
  });

  test('suggests the option that was meant', () => {
    for (const row of commandsOf(program))
      for (const name of Object.keys(optionsOf(row))
        .map(optionNameOf)
        .filter((flag) => flag.length > 4)) {
        const words = [...row.name.split(' ').filter(Boolean), ...row.arguments, `--${name.slice(0, -1)}`];
        expect(refusalOf(program, words)).toMatch(new RegExp(`^unknown option "--.*"\\. Did you mean .*"--${name}"`));
      }
  });
});

describe.each(
  PROGRAMS.flatMap(([title, program]) =>
    groupsOf(program).map((group) => [`${title} ${group}`, program, group] as const),
  ),
)('%s', (_, program, group) => {
  test('has help that names its commands', () => {
    const text = helpOf(program, [...group.split(' '), '--help']);
    for (const { name } of commandsOf(program).filter((row) => row.name.startsWith(`${group} `)))
      expect(text).toMatch(new RegExp(`^  ${name.split(' ')[group.split(' ').length]}\\b`, 'm'));
    expect(helpOf(program, ['help', ...group.split(' ')])).toBe(text);
    expect(tooLong(text, 80)).toEqual([]);
  });

  test('needs a command, and lists those that it has', () => {
    expect(refusalOf(program, group.split(' '))).toMatch(new RegExp(`^"${program.name} ${group}" needs a command: `));
  });
});

describe.each(
  PROGRAMS.flatMap(([title, program]) =>
    commandsOf(program).map((row) => [`${title} ${row.name}`, program, row] as const),
  ),
)('%s', (_, program, row) => {
  const words = row.name.split(' ').filter(Boolean);

  test.each([80, 100])(
    'has help that fits %i columns, with its arguments, options, examples and exit codes',
    (columns) => {
      const text = helpOf(program, [...words, '--help'], columns);
      for (const name of row.arguments) expect(text).toContain(`<${name}>`);
      for (const [name, option] of Object.entries(optionsOf(row))) expect(text).toContain(`  ${labelOf(name, option)}`);
      for (const example of row.examples) expect(text.replaceAll(/ \\\n +/g, ' ')).toContain(`  ${example}\n`);
      expect(text.split('\n')).toEqual(expect.arrayContaining(EXIT_LINES));
      expect(tooLong(text, columns)).toEqual([]);
      expect(helpOf(program, ['help', ...words], columns)).toBe(text);
    },
  );

  test('begins with a verb in lists, and has no full stop there', () => {
    expect(row.does).toMatch(/^[a-z]+ .*[^.]$/);
    for (const { text } of Object.values(optionsOf(row))) expect(text).toMatch(/[^.]$/);
  });
});

test('each exit code has one meaning', () => {
  const codes = Object.values(EXITS).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
