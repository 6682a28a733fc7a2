// The benchmark of verification runs, verifies its messages, and has a row for every profile. Times are not tested.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { makeAsyncSubject, makeSubject } from '../../bench/subject.ts';
import { PROFILES, type Profile } from '../../lib/protocol/profiles/profiles.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/verify.ts', import.meta.url));

describe('a smoke run', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--smoke']);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const rowsOf = (name: string) => rows.filter((cells) => cells[1] === name);

  const ours = Object.entries<Profile>(PROFILES).flatMap(([id, { form, directions }]) => {
    const names = form === 'rfc9421' ? [`${id} hmac-sha256`, `${id} ed25519`] : [id];
    return names.flatMap((name) => directions.map((direction) => ({ name, direction, id })));
  });

  test.each(ours)('has a row for $name, $direction', ({ name, direction, id }) => {
    const [row, ...others] = rowsOf(`${name}, ${direction}`);
    expect(others).toEqual([]);
    const hashes =
      direction === 'in' && (id === 'rfc9421' || PROFILES[id as keyof typeof PROFILES].oneTimeValue === 'content');
    const check = name.endsWith('ed25519') ? ['1 SHA-256', '1 Ed25519'] : ['1 HMAC', ...(hashes ? ['1 SHA-256'] : [])];
    expect(row?.[5]).toBe(check.join(', '));
  });

  test.each([
    'bare HMAC + JSON.parse',
    'bare HMAC',
    'standardwebhooks',
    'svix',
    'stripe',
    'http-message-signatures hmac-sha256',
    'http-message-signatures ed25519',
  ])('has a row for %s', (name) => expect(rowsOf(name)).toHaveLength(1));

  test('has a ratio in every row', () => {
    for (const cells of rows.slice(1)) expect(cells[2]).toMatch(/^\d+\.\d\d$/);
  });
});

describe('a subject', () => {
  const messages = [{ body: Buffer.from('{"source":"newsletter"}') }];
  const refuse = () => {
    throw new Error('refused');
  };

  test('fails before it is timed when it refuses a signed message', async () => {
    await expect(makeSubject('strict', messages, refuse).prove()).rejects.toThrow('refused');
    await expect(makeAsyncSubject('strict', messages, async () => refuse()).prove()).rejects.toThrow('refused');
  });

  test('fails before it is timed when it accepts an unsigned message', async () => {
    await expect(makeSubject('lenient', messages, () => true).prove()).rejects.toThrow('lenient accepts');
    await expect(makeAsyncSubject('lenient', messages, async () => true).prove()).rejects.toThrow('lenient accepts');
  });
});
