// From the words of a line to an exit code: results, errors, and what is printed where.
import { describe, expect, test } from 'vitest';
import { ExitError } from '../../lib/terminal/exit-error.ts';
import { EXITS, type ExitName } from '../../lib/terminal/exits.ts';
import { type CommandShape, flag, overridable, type Program, repeated } from '../../lib/terminal/program.ts';
import { runProgram } from '../../lib/terminal/run-program.ts';
import { COUNT, TEXT } from '../../lib/terminal/values.ts';

const GREET: CommandShape = {
  name: 'greet',
  does: 'greet somebody',
  arguments: ['name'],
  options: { loud: flag('in capitals'), times: overridable(COUNT, 'how often'), also: repeated(TEXT, 'whom else') },
  examples: ['toy greet Ada'],
};

const TOY: Program = {
  name: 'toy',
  version: '1.2.3',
  does: 'Greets people.',
  sections: [{ title: 'Commands:', commands: [GREET] }],
  examples: ['toy greet Ada'],
};

async function run(words: readonly string[], result: () => ExitName = () => 'done') {
  let [out, err] = ['', ''];
  const seen: object[] = [];
  const terminal = {
    out: (text: string | Uint8Array) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    columns: 80,
    nowMs: () => 0,
  };
  const code = await runProgram(TOY, words, {
    terminal,
    run: async ({ words: given, options }) => {
      seen.push({ ...given, ...options });
      return result();
    },
  });
  return { code, out, err, seen };
}

test.each(Object.entries(EXITS))('ends with the code of %s', async (name, { code }) => {
  expect((await run(['greet', 'Ada'], () => name as ExitName)).code).toBe(code);
  const fail = () => {
    throw new ExitError(name as ExitName, 'What is wrong.');
  };
  expect(await run(['greet', 'Ada'], fail)).toMatchObject({ code, out: '', err: 'toy: What is wrong.\n' });
});

test('gives the command its arguments and its parsed options', async () => {
  const words = ['greet', '--loud', 'Ada', '--times=2', '--times', '3', '--also', 'Bob', '--also', 'Cy'];
  expect((await run(words)).seen).toEqual([{ name: 'Ada', loud: true, times: 3, also: ['Bob', 'Cy'] }]);
  expect((await run(['greet', '--', '--loud=no'])).seen).toEqual([{ name: '--loud=no' }]);
});

test('prints help and the version on standard output, and runs nothing', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '', seen: [] });
  expect(await run(['greet', '--help'])).toMatchObject({ code: 0, err: '', seen: [] });
});

describe('prints on standard error, in one line without control characters,', () => {
  test('a defect, with exit code 70', async () => {
    const fail = () => {
      throw new TypeError('x is\nnot \u001b[2J a function');
    };
    expect(await run(['greet', 'Ada'], fail)).toMatchObject({
      code: 70,
      out: '',
      err: 'toy: x is not \\u001b[2J a function\n',
    });
  });

  test('a word of the user', async () => {
    expect(await run(['gre\u001b[2Jet'])).toMatchObject({
      code: 2,
      err: 'toy: unknown command "gre\\u001b[2Jet". Run "toy --help" to list the commands.\n',
    });
  });
});
