// What `signet` prints for people fits the terminal that it has.
import { describe, expect, test } from 'vitest';
import { chooseColumns } from '../../../../bin/signet/terminal/layout.ts';
import { serveHttp } from '../../../support/local-server.ts';
import { runInProcess } from '../fake-terminal.ts';
import { captureMessage, MESSAGE_SECRET } from '../hand-signed.ts';
import { SEEDED_MISTAKES } from './seeded-mistakes.ts';

const NITRO = ['--profile', 'nitro', '--key-id', 'k', '--url'];
const environment = { SIGNET_SECRET: MESSAGE_SECRET };
const tooLong = (text: string, columns: number) => text.split('\n').filter((line) => line.length > columns);

test.each([
  [undefined, 80],
  [0, 80],
  [72, 72],
  [100, 100],
  [250, 100],
  [1, 40],
])('a terminal of %s columns is written to in %i', (terminal, columns) => {
  expect(chooseColumns(terminal)).toBe(columns);
});

describe.each([70, 80, 100])('in %i columns', (columns) => {
  const run = (words: readonly string[], stdin = '') => runInProcess(words, { columns, stdin, environment });

  test('every explanation fits, and none is folded more than it must be', async () => {
    let widest = 0;
    for (const { capture } of SEEDED_MISTAKES) {
      const { out } = await run(['explain', '-'], capture);
      expect(tooLong(out, columns)).toEqual([]);
      widest = Math.max(widest, ...out.split('\n').map((line) => line.length));
    }
    expect(widest).toBeGreaterThan(columns - 5);
  });

  test('a verdict fits', async () => {
    const { out } = await run(['verify', '-', '--profile', 'daylight'], captureMessage());
    expect(tooLong(out, columns)).toEqual([]);
  });

  test('an answer fits', async () => {
    const saw = {
      bodyBytes: 1,
      bodySha256: 'a'.repeat(64),
      signedContentBytes: 14,
      signedContentSha256: 'b'.repeat(64),
    };
    const problem = { code: 'x', title: 'y '.repeat(90), detail: 'z '.repeat(90), suspicion: 'other_profile', saw };
    await using server = await serveHttp((_, response) => {
      response.writeHead(307, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem));
    });
    const { out } = await run(['send', ...NITRO, server.origin]);
    expect(out).toContain('It saw another body');
    expect(tooLong(out, columns)).toEqual([]);
  });

  test('what is signed fits', async () => {
    const { out } = await run(['sign', ...NITRO, 'http://h/', '--body', 'x'.repeat(300)]);
    const [, signed = ''] = out.split('\n\n');
    expect(signed).toMatch(/^signed: 313 bytes/);
    expect(tooLong(signed, columns)).toEqual([]);
  });
});
