// `signet explain` on captures of every profile: right ones, late ones, and each seeded mistake.
import { describe, expect, test } from 'vitest';
import { escapeBytes } from '../../../../lib/protocol/diagnosis/escape-bytes.ts';
import { SUSPICIONS } from '../../../../lib/protocol/diagnosis/suspicions.ts';
import { PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { COLUMNS, NOW_MS, runInProcess } from '../fake-terminal.ts';
import {
  baseOf,
  captureDelimited,
  captureMessage,
  contentOf,
  ED25519_PEM,
  JOINED_WAYS,
  MESSAGE_SECRET,
  RIGHT_MESSAGE,
  SENT_BODY,
} from '../hand-signed.ts';
import { temporaryFile } from '../temporary-file.ts';
import { ED25519_MISTAKES, SEEDED_MISTAKES } from './seeded-mistakes.ts';

const RIGHT = [
  ...JOINED_WAYS.map((way) => ({
    name: way.name,
    profile: way.profile as string,
    secret: way.secret,
    hasClock: way.unit !== 'none',
    capture: captureDelimited(way),
    content: contentOf(way.right),
  })),
  {
    name: 'rfc9421',
    profile: 'rfc9421',
    secret: MESSAGE_SECRET,
    hasClock: true,
    capture: captureMessage(),
    content: baseOf(RIGHT_MESSAGE).base,
  },
];

const explain = (capture: string | Uint8Array, secret?: string, words: readonly string[] = []) =>
  runInProcess(['explain', '-', ...words], { stdin: capture, environment: { SIGNET_SECRET: secret } });

async function explainAsJson(capture: string | Uint8Array, secret?: string, words: readonly string[] = []) {
  const ran = await explain(capture, secret, ['--json', ...words]);
  return { ...ran, json: JSON.parse(ran.out) };
}

const readingOf = (json: { readings: { profile: string }[] }, profile: string) =>
  json.readings.find((one) => one.profile === profile) as Record<string, unknown>;

describe.each(RIGHT)('of a right message of $name', ({ profile, secret, hasClock, capture, content }) => {
  test('says that it holds, and when it was signed', async () => {
    const { code, out } = await explain(capture, secret);
    expect(out).toContain(`The signature holds: ${profile}`);
    expect(out).toContain(hasClock ? 'It was signed 0 seconds ago.' : 'tolinku does not sign a time');
    expect(code).toBe(0);
  });

  test('shows exactly the signed bytes, with and without a secret', async () => {
    const signed = { text: escapeBytes(Buffer.from(content)), bytes: Buffer.byteLength(content) };
    const withSecret = await explainAsJson(capture, secret);
    const without = await explainAsJson(capture);
    expect(readingOf(withSecret.json, profile)).toMatchObject({ form: 'well_formed', fits: true, signed });
    expect(readingOf(without.json, profile)).toMatchObject({ form: 'well_formed', fits: false, signed });
    expect(without.code).toBe(1);
    expect(without.json.advice[0]).toMatch(/^Give the secret/);
  });

  test('finds a signature of that profile alone', async () => {
    const { json } = await explainAsJson(capture, secret);
    const there = json.readings.filter(({ form }: { form: string }) => form !== 'absent');
    expect(there.map((one: { profile: string }) => one.profile)).toEqual([profile]);
  });

  test('prints JSON with fixed fields', async () => {
    const { json } = await explainAsJson(capture, secret);
    expect(Object.keys(json)).toEqual(['fitting', 'holds', 'suspicion', 'ageMs', 'isFresh', 'readings', 'advice']);
    expect(json.readings.map((one: object) => Object.keys(one).join())).toEqual(
      Object.keys(PROFILES).map(() => 'profile,form,fits,reason,keyId,algorithm,timestampMs,signed'),
    );
    expect(json).toMatchObject({ fitting: profile, holds: true, suspicion: null });
  });

  test('fits no other secret, and invents no mistake for it', async () => {
    const { code, json } = await explainAsJson(capture, `${secret.slice(0, -2)}AA`.replace('whsec_', 'sk_'));
    expect([code, json.holds, json.suspicion]).toEqual([1, false, null]);
    expect(json.advice.join()).toContain('No well-known mistake fits');
  });
});

test('finds vouchersx alone in a message without a key, although nitro has the same header', async () => {
  const way = JOINED_WAYS.find(({ profile }) => profile === 'vouchersx') as (typeof JOINED_WAYS)[number];
  const { json } = await explainAsJson(captureDelimited(way).replace(/x-partner-slug: .*\r\n/, ''), way.secret);
  expect([json.fitting, readingOf(json, 'nitro')['form']]).toEqual(['vouchersx', 'absent']);
});

describe.each(RIGHT.filter(({ hasClock }) => hasClock))('of $name, checked at another time', ({ secret, capture }) => {
  test.each([
    ['5 minutes 1 second ago', 301_000],
    ['2 days 3 hours ago', 183_600_000],
    ['5 minutes 1 second ahead of now', -301_000],
  ])('says that it holds, but was signed %s', async (age, offsetMs) => {
    const { code, out } = await explain(capture, secret, ['--at', String(NOW_MS + offsetMs)]);
    expect(out.replaceAll('\n', ' ')).toContain(`It was signed ${age}, which is not accepted`);
    expect(out).toContain('The signature holds');
    expect(code).toBe(1);
  });

  test.each([300_000, -300_000])('accepts it %i ms off', async (offsetMs) => {
    expect((await explain(capture, secret, ['--at', String(NOW_MS + offsetMs)])).code).toBe(0);
  });
});

describe('names each seeded mistake:', () => {
  test.each(SEEDED_MISTAKES)('$name', async ({ capture, secret, suspicion, needsNoSecret }) => {
    const { code, json } = await explainAsJson(capture, secret);
    expect(json.suspicion).toBe(suspicion);
    expect(json.advice).toContain(`${suspicion}: ${SUSPICIONS[suspicion]}`);
    expect(code).toBe(1);
    expect((await explainAsJson(capture)).json.suspicion).toBe(needsNoSecret ? suspicion : null);
  });

  test('there is one for each suspicion', () => {
    expect(new Set(SEEDED_MISTAKES.map(({ suspicion }) => suspicion))).toEqual(new Set(Object.keys(SUSPICIONS)));
  });

  test('in lines that fit, without the secret', async () => {
    for (const { capture, secret, suspicion } of SEEDED_MISTAKES) {
      const { out, err } = await explain(capture, secret);
      expect(out.split('\n').filter((line) => line.length > COLUMNS)).toEqual([]);
      expect(out).toContain(`${suspicion}: `);
      expect(out + err).not.toContain(secret.slice(6, 30));
    }
  });
});

describe('rfc9421 with a key pair', () => {
  const withKey = (pem = ED25519_PEM.public) => ['--public-key', temporaryFile(pem)];

  test('accepts the signature with its public key', async () => {
    const { code, out } = await explain(captureMessage({ key: 'ed25519' }), undefined, withKey());
    expect([code, out]).toEqual([0, expect.stringContaining('The signature holds: rfc9421, key p1.')]);
  });

  test('asks for the public key when it is given a secret', async () => {
    const { out } = await explain(captureMessage({ key: 'ed25519' }), MESSAGE_SECRET);
    expect(out).toContain('The message is signed with ed25519. Give --public-key');
  });

  test.each(ED25519_MISTAKES)('$name', async ({ capture, suspicion }) => {
    expect((await explainAsJson(capture, undefined, withKey())).json.suspicion).toBe(suspicion);
  });

  test.each(['', 'rubbish', ED25519_PEM.public.slice(0, 60)])('refuses %j as the public key', async (pem) => {
    const { code, err } = await explain(captureMessage(), undefined, withKey(pem));
    expect([code, err]).toEqual([2, expect.stringContaining('is not an Ed25519 public key in PEM')]);
  });
});

test('does not accept a signature that has expired, although it is new', async () => {
  const capture = captureMessage({ created: `${NOW_MS / 1000};expires=${NOW_MS / 1000 + 10}` });
  const at = (ms: number) => ['--at', String(NOW_MS + ms)];
  expect((await explain(capture, MESSAGE_SECRET, at(9_999))).code).toBe(0);
  const { code, out } = await explain(capture, MESSAGE_SECRET, at(10_000));
  expect([code, out]).toEqual([1, expect.stringContaining('It was signed 10 seconds ago, which is not accepted')]);
});

describe('of a capture that lacks a part', () => {
  test('says that it has no signature', async () => {
    const { code, out } = await explain(`POST / HTTP/1.1\r\nHost: h\r\n\r\n${SENT_BODY}`, MESSAGE_SECRET);
    expect([code, out]).toEqual([1, expect.stringContaining('The message has no signature of any profile.')]);
  });

  test('says what rfc9421 signs, when the Host header is missing', async () => {
    const { out } = await explain(captureMessage().replace(/Host: .*\r\n/, ''), MESSAGE_SECRET);
    expect(out.replaceAll('\n', ' ')).toContain(
      'The capture names no host. rfc9421 signs method, host, path and query',
    );
  });

  test('says that the content digest is of another body', async () => {
    const { out } = await explain(captureMessage({ digested: 'something else' }), MESSAGE_SECRET);
    expect(out).toContain('Under rfc9421: content-digest does not match the body.');
  });

  test('escapes bytes that control a terminal', async () => {
    const capture = captureDelimited(JOINED_WAYS[0] as (typeof JOINED_WAYS)[number]).replace(
      'X-Link-Peeler-Key: p1',
      'X-Link-Peeler-Key: \x1b]0;x\x07',
    );
    const { out } = await explain(capture, MESSAGE_SECRET);
    expect(out).toContain('\\u001b]0;x\\u0007');
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
