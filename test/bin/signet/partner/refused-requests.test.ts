// `signet explain` on requests whose signature is right, but which the relay refuses.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCapture } from '../../../../bin/signet/capture/read-capture.ts';
import { parseSignedRequest } from '../../../../lib/protocol/signatures/parse-request.ts';
import { runInProcess } from '../fake-terminal.ts';
import { captureDelimited, captureMessage, JOINED_WAYS, MESSAGE_SECRET } from '../hand-signed.ts';

const requestOf = (name: string) => captureDelimited(JOINED_WAYS.find((way) => way.name === `${name} in`) as never);
const withHeader = (capture: string, line: string) => capture.replace('\r\n', `\r\n${line}\r\n`);
const explain = (capture: string) =>
  runInProcess(['explain', '-', '--json'], { stdin: capture, environment: { SIGNET_SECRET: MESSAGE_SECRET } });
const verdictOf = (capture: string) => {
  const read = parseCapture(Buffer.from(capture));
  return parseSignedRequest({ ...read, gatewayAuthority: read.authority });
};

describe('does not accept what the relay refuses:', () => {
  test.each<[string, string, RegExp]>([
    [
      'link-peeler without its key',
      requestOf('link-peeler').replace(/X-Link-Peeler-Key: .*\r\n/, ''),
      /key is missing/,
    ],
    ['a malformed key id', requestOf('nitro').replace('x-signet-key: p1', 'x-signet-key: demo nitro!'), /key/],
    ['an empty key id', requestOf('nitro').replace('x-signet-key: p1', 'x-signet-key:'), /x-signet-key is missing/],
    ['keys of two families', withHeader(requestOf('nitro'), 'x-link-peeler-key: p1'), /several credential families/],
    ['rfc9421 with a key of another family', withHeader(captureMessage(), 'x-signet-key: p1'), /several credential/],
    ['a path that is not plain', requestOf('daylight').replace('/api/links', '/api;v=1/links'), /the path has/],
  ])('%s', async (_, capture, reason) => {
    expect(verdictOf(capture).ok).toBe(false);
    const { code, out } = await explain(capture);
    const { holds, advice } = JSON.parse(out);
    expect([code, holds]).toEqual([1, false]);
    expect(advice[0]).toMatch(/^The MAC is right for .*, but its form is not: /);
    expect(advice[0]).toMatch(reason);
  });

  test.each(['nitro', 'daylight'])('accepts %s without a key as a delivery only, and says so', async (profile) => {
    const { code, out } = await explain(requestOf(profile).replace(/x-signet-key: .*\r\n/, ''));
    expect(code).toBe(0);
    expect(JSON.parse(out).advice[0]).toBe(
      `The signature holds: ${profile}, as a delivery. As a request it names no key: x-signet-key is missing.`,
    );
  });
});

test('says nothing about requests of a delivery, whatever its path', async () => {
  for (const way of JOINED_WAYS.filter(({ isDelivery }) => isDelivery)) {
    const capture = captureDelimited(way).replace('/api/links/fetch', '/hooks;a=b/%20');
    const { out } = await runInProcess(['explain', '-'], {
      stdin: capture,
      environment: { SIGNET_SECRET: way.secret },
    });
    expect(out).toContain(`The signature holds: ${way.profile}`);
    expect(out).not.toContain('As a request');
  }
});

test('accepts what the relay accepts, whichever headers are left out', async () => {
  const whole = ['link-peeler', 'vouchersx', 'daylight', 'nitro'].map(requestOf).concat(captureMessage());
  const drawn = fc.constantFrom(...whole).chain((capture) => {
    const [head = '', body] = capture.split('\r\n\r\n');
    const [first = '', ...headers] = head.split('\r\n');
    const stray = ['x-signet-key: p1', 'x-partner-slug: p1', 'x-link-peeler-key: p1'];
    const kept = fc.tuple(
      fc.subarray(headers, { minLength: headers.length - 1 }),
      fc.subarray(stray, { maxLength: 1 }),
    );
    return kept.map(([own, strays]) => `${[first, ...own, ...strays].join('\r\n')}\r\n\r\n${body}`);
  });
  await fc.assert(
    fc.asyncProperty(drawn, async (capture) => {
      const { code, out } = await explain(capture);
      const isDelivery = out.includes('as a delivery.');
      if (code === 0) expect(isDelivery || verdictOf(capture).ok).toBe(true);
    }),
    { numRuns: 300 },
  );
});
