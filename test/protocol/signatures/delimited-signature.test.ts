// Delimited profiles: the signers refuse parts that would make the signed content ambiguous, and a signature must have
// the length of a MAC in every encoding.
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENCODINGS } from '../../../lib/protocol/encoding.ts';
import { type DelimitedProfile, type DelimitedProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { readDelimited, signDelimited } from '../../../lib/protocol/signatures/delimited-signature.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { signWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { BAD_KEY_IDS, BAD_MESSAGE_IDS, BAD_NONCES } from '../../support/protocol/bad-texts.ts';
import { answerOf, requestOf } from '../../support/protocol/claims.ts';

const DELIMITED = (Object.keys(PROFILES) as (keyof typeof PROFILES)[]).filter(
  (id): id is DelimitedProfileId => id !== 'rfc9421',
);
const key = createSecretKey('a secret', 'utf8');
const message = {
  timestampMs: 1_800_000_000_123,
  body: Buffer.from('{}'),
  keyId: 'partner-1',
  id: 'evt_1',
  nonce: 'nonce-0123456789',
};

test('readDelimited always returns a time under a profile with a clock, also in its type', () => {
  const { headers } = signDelimited('nitro', message, [key]);
  const reading = readDelimited(PROFILES.nitro, { headers, body: message.body });
  const time: number | undefined = reading.ok ? (reading.value.timestampMs satisfies number) : undefined;
  expect(time).toBe(message.timestampMs);
});

describe.each(DELIMITED)('%s', (id) => {
  const profile: DelimitedProfile = PROFILES[id];
  const { headers, signedContent } = signDelimited(id, message, [key]);

  test('reads what it signs: the same bytes, and the time in the profile’s unit', () => {
    const reading = readDelimited(profile, { headers, body: message.body });
    const timestampMs = { s: 1_800_000_000_000, ms: 1_800_000_000_123 }[profile.clock?.unit ?? 's'];
    expect(reading).toMatchObject({ ok: true, value: { signedContent } });
    expect(reading.ok && reading.value.timestampMs).toBe(profile.clock ? timestampMs : undefined);
  });

  test('refuses a signature that does not have 32 bytes', () => {
    const { encode } = ENCODINGS[profile.encoding];
    const name = profile.headerCodec.signatureHeader;
    const [text = ''] = /[A-Za-z0-9+/_-]{43,}=?/.exec(headers[name] ?? '') ?? [];
    const write = (signature: Buffer) => ({
      ...headers,
      [name]: (headers[name] ?? '').replace(text, encode(signature)),
    });
    const read = (signature: Buffer) =>
      answerOf(readDelimited(profile, { headers: write(signature), body: message.body }));
    expect(read(Buffer.alloc(32))).toEqual({ ok: true });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        fc.pre(bytes.length !== 32);
        expect(read(Buffer.from(bytes))).toEqual({ ok: false, problem: 'request_malformed' });
      }),
      { examples: [[new Uint8Array(31)], [new Uint8Array(33)], [new Uint8Array(64)]] },
    );
  });

  test.each(BAD_MESSAGE_IDS)('does not sign a malformed id: $what', ({ text }) => {
    expect(() => signDelimited(id, { ...message, id: text }, [key])).toThrow('The id must match');
  });
  test.each(BAD_NONCES)('does not sign a malformed nonce: $what', ({ text }) => {
    expect(() => signDelimited(id, { ...message, nonce: text }, [key])).toThrow('The nonce must match');
  });
  test.each(BAD_KEY_IDS)('does not sign for a malformed key id: $what', ({ text }) => {
    expect(() => signDelimited(id, { ...message, keyId: text }, [key])).toThrow('The keyId must match');
  });
});

describe('a signer', () => {
  test.each(BAD_MESSAGE_IDS)(
    'of deliveries refuses a malformed id, even if the profile does not sign it: $what',
    ({ text }) => {
      const event = { id: text, type: 'link.resolved', timestampMs: 0, body: message.body, keyId: 'we_1' };
      for (const id of ['tolinku', 'nitro', 'standard-webhooks'] as const)
        expect(() => signWebhook(id, event, [key])).toThrow('The id must match');
    },
  );

  test.each([...BAD_NONCES])('of requests refuses a malformed nonce: $what', ({ text }) => {
    const moment = { timestampMs: message.timestampMs, nonce: text };
    const rfc9421 = { profile: 'rfc9421', keyId: 'k', algorithm: 'hmac-sha256', secretKey: key } as const;
    for (const signer of [rfc9421, { profile: 'link-peeler', keyId: 'k', secretKey: key } as const])
      expect(() => signRequest(signer, requestOf(), moment)).toThrow(/nonce/);
  });

  test.each([...BAD_KEY_IDS])('of requests refuses a malformed key id: $what', ({ text: keyId }) => {
    const rfc9421 = { profile: 'rfc9421', keyId, algorithm: 'hmac-sha256', secretKey: key } as const;
    for (const signer of [rfc9421, { profile: 'daylight', keyId, secretKey: key } as const])
      expect(() => signRequest(signer, requestOf(), message)).toThrow(/key ?id/i);
  });
});
