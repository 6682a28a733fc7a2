// The prompt that shows nothing of what is typed, in this process and on a real terminal.
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { askSecret } from '../../lib/terminal/ask-secret.ts';
import { runInProcess } from '../bin/signet/fake-terminal.ts';
import { KEY_ID, SECRET } from '../bin/signet/partner/verifying-server.ts';

test.each([
  ['Enter', '\r'],
  ['Ctrl-C', '\u0003'],
])('restores the terminal on %s, before the command continues', async (_, key) => {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const asked = askSecret('? ', input as never, () => {}).catch((error: Error) => error.name);
  input.write(`ab\u007fc${key}`);
  expect(await asked).toBe(key === '\r' ? 'ac' : 'UsageError');
  expect(modes).toEqual([true, false]);
  expect([input.isPaused(), input.listenerCount('data')]).toEqual([true, 0]);
});

test('ends when the terminal closes', async () => {
  const input = Object.assign(new PassThrough(), { setRawMode: () => {} });
  input.end('half a sec');
  await expect(askSecret('? ', input as never, () => {})).rejects.toThrow('No secret was entered.');
});

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

describe.skipIf(!hasPython)(`on a terminal${hasPython ? '' : ' (skipped: it needs python3)'}`, () => {
  const SIGNET = join(import.meta.dirname, '../../bin/signet.ts');
  const SCRIPT = join(import.meta.dirname, '../bin/signet/on-a-terminal.py');
  const SIGN = [
    'sign',
    '--profile',
    'nitro',
    '--key-id',
    KEY_ID,
    '--url',
    'http://127.0.0.1:1/a',
    '--at',
    '1800000000',
  ];
  // The shell reports afterwards whether the terminal echoes again.
  const AFTER = `"$@"; code=$?; stty -a | grep -qw -- '-echo' && echo silent; stty -a | grep -qw -- '-icanon' && echo raw; exit $code`;

  async function onTerminal(typed: string, words: readonly string[] = SIGN) {
    const hex = Buffer.from(typed).toString('hex');
    const command = ['/bin/sh', '-c', AFTER, 'sh', process.execPath, SIGNET, ...words];
    const { stdout } = await promisify(execFile)('python3', [SCRIPT, hex, ...command], { timeout: 19_000 });
    return JSON.parse(stdout) as { code: number; seen: string; wasRaw: boolean };
  }

  test('shows nothing of what is typed, lets the user correct it, and signs with it', async () => {
    const { out: expected } = await runInProcess(SIGN, { environment: { SIGNET_SECRET: SECRET } });
    const { code, seen, wasRaw } = await onTerminal(`wrong\u0015${SECRET}é\u007f\r`);
    expect([code, wasRaw]).toEqual([0, true]);
    expect(seen.replaceAll('\r\n', '\n')).toBe(`Secret (not shown): \n${expected}`);
  });

  test('stops at Ctrl-C and at Ctrl-D, and restores the terminal', async () => {
    for (const { code, seen } of await Promise.all(['\u0003', '\u0004'].map((key) => onTerminal(SECRET + key)))) {
      expect(code).toBe(2);
      expect(seen.replaceAll('\r\n', '\n')).toBe('Secret (not shown): \nsignet: No secret was entered.\n');
    }
  });
});
