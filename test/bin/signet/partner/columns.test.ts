// What `signet` prints for people fits the width of the terminal.
import { describe, expect, test } from 'vitest';
import { chooseColumns } from '../../../../lib/terminal/layout.ts';
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
])('uses, of a terminal with %s columns, %i for paragraphs', (terminal, columns) => {
  expect(chooseColumns(terminal)).toBe(columns);
});

describe.each([70, 80, 100])('in %i columns', (columns) => {
  const run = (words: readonly string[], stdin = '') => runInProcess(words, { columns, stdin, environment });

  test('fits every explanation, and uses the whole width', async () => {
    let widest = 0;
    for (const { capture } of SEEDED_MISTAKES) {
      const { out } = await run(['explain', '-'], capture);
      expect(tooLong(out, columns)).toEqual([]);
      widest = Math.max(widest, ...out.split('\n').map((line) => line.length));
    }
    expect(widest).toBeGreaterThan(columns - 5);
  });

  test('fits a verdict', async () => {
    const { out } = await run(['verify', '-', '--profile', 'daylight'], captureMessage());
    expect(tooLong(out, columns)).toEqual([]);
  });

  test('fits an answer', async () => {
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
    expect(out).toContain('The relay saw another body');
    expect(tooLong(out, columns)).toEqual([]);
  });

  test('fits the signed bytes', async () => {
    const { out } = await run(['sign', ...NITRO, 'http://h/', '--body', 'x'.repeat(300)]);
    const [, signed = ''] = out.split('\n\n');
    expect(signed).toMatch(/^signed: 313 bytes/);
    expect(tooLong(signed, columns)).toEqual([]);
  });
});
