// What `signet explain` advises, and that it is true of the capture at hand.
import { describe, expect, test } from 'vitest';
import { runInProcess } from '../fake-terminal.ts';
import { captureDelimited, captureMessage, JOINED_WAYS, MESSAGE_SECRET } from '../hand-signed.ts';

const advise = async (capture: string, secret = MESSAGE_SECRET): Promise<string> => {
  const ran = await runInProcess(['explain', '-', '--json'], {
    stdin: capture,
    environment: { SIGNET_SECRET: secret },
  });
  return JSON.parse(ran.out).advice.join('\n');
};
const STANDARD = JOINED_WAYS.find(({ profile }) => profile === 'standard-webhooks') as (typeof JOINED_WAYS)[number];
const NITRO = JOINED_WAYS.find(({ name }) => name === 'nitro in') as (typeof JOINED_WAYS)[number];

describe('a standard-webhooks secret without whsec_', () => {
  const NOT_WHSEC = 'Under standard-webhooks the secret is whsec_ followed by base64; this one is not.';

  test.each(['', 'sk_'])('is said to be none, and fits when it is put there in the place of %j', async (prefix) => {
    const advice = await advise(captureDelimited(STANDARD), STANDARD.secret.replace('whsec_', prefix));
    expect(advice).toContain(`${NOT_WHSEC} With whsec_ before its base64 the signature holds.`);
    expect(advice).not.toContain('No well-known mistake fits');
  });

  test('is said to be none, and no more, when it is another', async () => {
    const advice = await advise(captureDelimited(STANDARD), 'sk_another');
    expect(advice).toContain(NOT_WHSEC);
    expect(advice).not.toContain('With whsec_');
  });

  test('is not asked of other profiles, nor of a secret that has it', async () => {
    expect(await advise(captureDelimited(NITRO), 'sk_another')).not.toContain('whsec_');
    expect(await advise(captureDelimited(STANDARD), 'whsec_AAAA')).not.toContain('followed by base64');
  });
});

describe('rfc9421 that does not hold', () => {
  const OTHER_TARGET = 'it was signed for another method, host, path or query, if the secret is right';

  test.each([
    ['path', captureMessage().replace('/api/links/fetch', '/api/links/other')],
    ['method', captureMessage().replace('POST /', 'PUT /')],
    ['host', captureMessage().replace('Host: relay', 'Host: other')],
  ])('because of another %s is told so, and not that the capture lacks it', async (_, capture) => {
    const advice = await advise(capture);
    expect(advice).toContain(OTHER_TARGET);
    expect(advice).not.toContain('the capture needs');
  });

  test('because the capture lacks its request line is told that', async () => {
    const capture = captureMessage();
    const advice = await advise(capture.slice(capture.indexOf('\r\n') + 2));
    expect(advice).toContain('the capture needs its request line and its Host header');
    expect(advice).not.toContain(OTHER_TARGET);
  });
});

test('where nothing is well formed, nothing is said of secret and body', async () => {
  const advice = await advise(captureDelimited(NITRO).replace(/x-signature: .*/, 'x-signature: zz'));
  expect(advice).toContain('Under nitro: ');
  expect(advice).not.toContain('No well-known mistake fits');
});
