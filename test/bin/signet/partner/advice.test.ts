// What `signet explain` advises, and that the advice is true of the capture.
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

describe('of a standard-webhooks secret without whsec_', () => {
  const NOT_WHSEC = 'Under standard-webhooks a secret is whsec_ followed by base64, and this one is not.';

  test.each(['', 'sk_'])('says that it holds with whsec_ in the place of %j', async (prefix) => {
    const advice = await advise(captureDelimited(STANDARD), STANDARD.secret.replace('whsec_', prefix));
    expect(advice).toContain(`${NOT_WHSEC} With whsec_ before its base64 the signature holds.`);
    expect(advice).not.toContain('No well-known mistake fits');
  });

  test('says only that it is not one, when the signature does not hold either way', async () => {
    const advice = await advise(captureDelimited(STANDARD), 'sk_another');
    expect(advice).toContain(NOT_WHSEC);
    expect(advice).not.toContain('With whsec_');
  });

  test('says nothing under other profiles, or when the secret has whsec_', async () => {
    expect(await advise(captureDelimited(NITRO), 'sk_another')).not.toContain('whsec_');
    expect(await advise(captureDelimited(STANDARD), 'whsec_AAAA')).not.toContain('followed by base64');
  });
});

describe('of an rfc9421 signature that does not hold', () => {
  const OTHER_TARGET =
    'If the secret is right, then under rfc9421 it was signed for another method, host, path or query.';

  test.each([
    ['path', captureMessage().replace('/api/links/fetch', '/api/links/other')],
    ['method', captureMessage().replace('POST /', 'PUT /')],
    ['host', captureMessage().replace('Host: relay', 'Host: other')],
  ])('names another %s as a reason, and does not ask for the request line', async (_, capture) => {
    const advice = await advise(capture);
    expect(advice).toContain(OTHER_TARGET);
    expect(advice).not.toContain('the capture needs');
  });

  test('asks for the request line that the capture lacks', async () => {
    const capture = captureMessage();
    const advice = await advise(capture.slice(capture.indexOf('\r\n') + 2));
    expect(advice).toContain('the capture needs its request line and its Host header');
    expect(advice).not.toContain(OTHER_TARGET);
  });
});

test('says nothing about secret and body when no signature is well formed', async () => {
  const advice = await advise(captureDelimited(NITRO).replace(/x-signature: .*/, 'x-signature: zz'));
  expect(advice).toContain('Under nitro: ');
  expect(advice).not.toContain('No well-known mistake fits');
});
