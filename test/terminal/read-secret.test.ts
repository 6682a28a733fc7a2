// Where `signet` reads secrets from, and that its output never holds them.
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { INBOUND_PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { runInProcess } from '../bin/signet/fake-terminal.ts';
import { KEY_ID, SECRET } from '../bin/signet/partner/verifying-server.ts';
import { temporaryFile } from '../bin/signet/temporary-file.ts';

const SIGNET = join(import.meta.dirname, '../../bin/signet.ts');
const FIXED = ['--profile', 'nitro', '--key-id', KEY_ID, '--url', 'http://127.0.0.1:1/a', '--at', '1800000000'];
const SIGN = ['sign', ...FIXED];
const expected = (await runInProcess(SIGN, { environment: { SIGNET_SECRET: SECRET } })).out;

describe('reads a secret from', () => {
  test('a file, without the line break at its end', async () => {
    for (const text of [SECRET, `${SECRET}\n`, `${SECRET}\r\n`])
      expect(await runInProcess([...SIGN, '--secret-file', temporaryFile(text)])).toMatchObject({
        code: 0,
        out: expected,
      });
  });

  test('the prompt, when neither a file nor the environment has it', async () => {
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

  test('the file rather than the environment', async () => {
    const words = [...SIGN, '--secret-file', temporaryFile(SECRET)];
    expect((await runInProcess(words, { environment: { SIGNET_SECRET: 'sk_other' } })).out).toBe(expected);
  });
});

describe('refuses a secret, and does not repeat it,', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['when it is empty', '', /The secret is empty/],
    ['when it is a line break', '\n', /The secret is empty/],
    ['when it has spaces around it', ` ${SECRET} `, /spaces or a line break around it/],
    ['when it has a byte order mark before it', `\ufeff${SECRET}`, /around it/],
    ['when Windows saved it as UTF-16', Buffer.from(`\ufeff${SECRET}`, 'utf16le'), /is not UTF-8 text/],
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

test('warns of a secret file that every user can read, and not of one that its group can read', async () => {
  const open = temporaryFile(SECRET, { mode: 0o644 });
  const { code, out, err } = await runInProcess([...SIGN, '--secret-file', open]);
  expect([code, out]).toEqual([0, expected]);
  expect(err).toBe(`warning: every user of this machine can read ${open}. Run: chmod 600 ${open}\n`);
  const ofGroup = temporaryFile(SECRET, { mode: 0o640 });
  expect((await runInProcess([...SIGN, '--secret-file', ofGroup])).err).toBe('');
});

test('prints the secret in no output of any command, in any encoding', async () => {
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

  test('signs, refuses a wrong line, and reports an unreachable host, with the same exit codes', async () => {
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

  test('ends quietly when its reader closes the pipe', () => {
    const capture = temporaryFile(`x-webhook-signature: x\n\n${'é'.repeat(300_000)}`);
    const script = `'${[process.execPath, SIGNET, 'explain', capture, '--json'].join("' '")}' | head -c 1`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { env: { PATH: process.env['PATH'] } });
    expect([String(stdout), String(stderr)]).toEqual(['{', '']);
  });
});
