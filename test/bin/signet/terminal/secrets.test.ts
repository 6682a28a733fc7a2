// Where `signet` takes secrets from, and that they go nowhere else.
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { askSecret } from '../../../../bin/signet/terminal/ask-secret.ts';
import { INBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { runInProcess } from '../fake-terminal.ts';
import { KEY_ID, SECRET } from '../partner/verifying-server.ts';
import { temporaryFile } from '../temporary-file.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SIGNET = join(ROOT, 'bin/signet.ts');
const FIXED = ['--profile', 'nitro', '--key-id', KEY_ID, '--url', 'http://127.0.0.1:1/a', '--at', '1800000000'];
const SIGN = ['sign', ...FIXED];
const expected = (await runInProcess(SIGN, { environment: { SIGNET_SECRET: SECRET } })).out;

describe('a secret comes from', () => {
  test('a file, without the line break at its end', async () => {
    for (const text of [SECRET, `${SECRET}\n`, `${SECRET}\r\n`])
      expect(await runInProcess([...SIGN, '--secret-file', temporaryFile(text)])).toMatchObject({
        code: 0,
        out: expected,
      });
  });

  test('the prompt, when neither file nor environment has it', async () => {
    const questions: string[] = [];
    const askSecret = async (question: string) => {
      questions.push(question);
      return SECRET;
    };
    expect(await runInProcess(SIGN, { askSecret })).toMatchObject({ code: 0, out: expected });
    const file = ['--secret-file', temporaryFile(SECRET)];
    expect((await runInProcess([...SIGN, ...file], { askSecret })).out).toBe(expected);
    expect((await runInProcess(SIGN, { askSecret, environment: { SIGNET_SECRET: SECRET } })).out).toBe(expected);
    expect(questions).toHaveLength(1);
  });

  test('the file before the environment', async () => {
    const words = [...SIGN, '--secret-file', temporaryFile(SECRET)];
    expect((await runInProcess(words, { environment: { SIGNET_SECRET: 'sk_other' } })).out).toBe(expected);
  });
});

describe('it is refused, and not repeated,', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['when it is empty', '', /The secret is empty/],
    ['when it is a line break', '\n', /The secret is empty/],
    ['when spaces stand around it', ` ${SECRET} `, /spaces or a line break around it/],
    ['when a byte order mark stands before it', `\ufeff${SECRET}`, /around it/],
    ['when Windows saved it as UTF-16', Buffer.from(`\ufeff${SECRET}`, 'utf16le'), /is saved as UTF-16/],
    ['when an editor added two line breaks', `${SECRET}\n\n`, /spaces or a line break around it/],
  ])('%s', async (_, text, message) => {
    for (const words of [SIGN, ['explain', '-']]) {
      const options = { stdin: 'Host: h\n\n' };
      const { code, out, err } = await runInProcess([...words, '--secret-file', temporaryFile(text)], options);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(message);
      expect(err).not.toContain(SECRET);
    }
  });

  test('when there is none, and nobody to ask', async () => {
    const { code, err } = await runInProcess(SIGN);
    expect([code, err]).toEqual([2, expect.stringContaining('--secret-file, in SIGNET_SECRET, or at the prompt')]);
  });
});

test('a secret file that everybody can read is used with a warning; one of the group is not warned of', async () => {
  const open = temporaryFile(SECRET, { mode: 0o644 });
  const { code, out, err } = await runInProcess([...SIGN, '--secret-file', open]);
  expect([code, out]).toEqual([0, expected]);
  expect(err).toBe(`signet: warning: everybody on this machine can read ${open}. chmod 600 it.\n`);
  const ofGroup = temporaryFile(SECRET, { mode: 0o640 });
  expect((await runInProcess([...SIGN, '--secret-file', ofGroup])).err).toBe('');
});

test('no output of any command holds the secret, in any encoding', async () => {
  const forms = [['--as', 'headers'], ['--as', 'curl'], ['--as', 'http'], ['--json']];
  const bytes = Buffer.from(SECRET);
  const encoded = [SECRET, SECRET.slice(3), bytes.toString('base64').slice(0, 40), bytes.toString('hex')];
  for (const profile of INBOUND_PROFILES)
    for (const form of forms) {
      const words = ['sign', '--profile', profile, '--key-id', KEY_ID, '--url', 'http://h/', '--body', '{}', ...form];
      const { out, err } = await runInProcess(words, { environment: { SIGNET_SECRET: SECRET } });
      for (const text of encoded) expect(out + err).not.toContain(text);
    }
});

describe('the real process', () => {
  const run = (words: readonly string[], env: Record<string, string> = {}) =>
    new Promise((resolve) => {
      execFile(process.execPath, [SIGNET, ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  test('signs, says what is wrong, and what is unreachable, with the same exit codes', async () => {
    const results = await Promise.all([
      run(SIGN, { SIGNET_SECRET: SECRET }),
      run(SIGN),
      run(['send', ...FIXED], { SIGNET_SECRET: SECRET }),
    ]);
    expect(results).toMatchObject([
      { code: 0, stdout: expected, stderr: '' },
      { code: 2, stdout: '' },
      { code: 3, stdout: '' },
    ]);
  });

  test('ends quietly when its reader has gone', () => {
    const capture = temporaryFile(`x-webhook-signature: x\n\n${'é'.repeat(300_000)}`);
    const script = `'${[process.execPath, SIGNET, 'explain', capture, '--json'].join("' '")}' | head -c 1`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { env: { PATH: process.env['PATH'] } });
    expect([String(stdout), String(stderr)]).toEqual(['{', '']);
  });
});

test.each([
  ['Enter', '\r'],
  ['Ctrl-C', '\u0003'],
])('the prompt gives the terminal back on %s, before the command goes on', async (_, key) => {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const asked = askSecret('? ', input as never, () => {}).catch((error: Error) => error.name);
  input.write(`ab\u007fc${key}`);
  expect(await asked).toBe(key === '\r' ? 'ac' : 'UsageError');
  expect(modes).toEqual([true, false]);
  expect([input.isPaused(), input.listenerCount('data')]).toEqual([true, 0]);
});

test('the prompt ends when the terminal goes away', async () => {
  const input = Object.assign(new PassThrough(), { setRawMode: () => {} });
  input.end('half a sec');
  await expect(askSecret('? ', input as never, () => {})).rejects.toThrow('No secret was given.');
});

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

describe.skipIf(!hasPython)(`on a terminal${hasPython ? '' : ' (skipped: there is no python3 to make one)'}`, () => {
  const SCRIPT = join(import.meta.dirname, '../on-a-terminal.py');
  // The shell says afterwards whether the terminal echoes again.
  const AFTER = `"$@"; code=$?; stty -a | grep -qw -- '-echo' && echo silent; stty -a | grep -qw -- '-icanon' && echo raw; exit $code`;

  async function onTerminal(typed: string, words: readonly string[] = SIGN) {
    const hex = Buffer.from(typed).toString('hex');
    const command = ['/bin/sh', '-c', AFTER, 'sh', process.execPath, SIGNET, ...words];
    const { stdout } = await promisify(execFile)('python3', [SCRIPT, hex, ...command], { timeout: 19_000 });
    return JSON.parse(stdout) as { code: number; seen: string; wasRaw: boolean };
  }

  test('what is typed is not shown, can be mended, and signs', async () => {
    const { code, seen, wasRaw } = await onTerminal(`wrong\u0015${SECRET}é\u007f\r`);
    expect([code, wasRaw]).toEqual([0, true]);
    expect(seen.replaceAll('\r\n', '\n')).toBe(`Secret (not shown): \n${expected}`);
  });

  test('Ctrl-C and Ctrl-D stop it, and the terminal is as before', async () => {
    for (const { code, seen } of await Promise.all(['\u0003', '\u0004'].map((key) => onTerminal(SECRET + key)))) {
      expect(code).toBe(2);
      expect(seen.replaceAll('\r\n', '\n')).toBe('Secret (not shown): \nsignet: No secret was given.\n');
    }
  });
});
