// Verification of requests: the order of its checks, its answers, and what it never accepts.
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import type { SignatureAlgorithm, SignatureClaim } from '../../../lib/protocol/profiles/signature-claim.ts';
import { type VerificationKey, verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { answerOf } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS, parseGood } from '../../support/protocol/inbound-rows.ts';

const INVALID = { ok: false, problem: 'signature_invalid' };
const OUT_OF_RANGE = { ok: false, problem: 'timestamp_out_of_range' };

function randomKey(algorithm: SignatureAlgorithm): KeyObject {
  return algorithm === 'ed25519' ? generateKeyPairSync('ed25519').publicKey : createSecretKey(randomBytes(32));
}

const otherAlgorithm = (algorithm: SignatureAlgorithm) => (algorithm === 'ed25519' ? 'hmac-sha256' : 'ed25519');

function spoil(claim: SignatureClaim): SignatureClaim {
  return { ...claim, signedContent: Buffer.concat([claim.signedContent, Buffer.from('x')]) };
}

describe.each(INBOUND_ROWS)('$name', ({ example: { request, key, signedAtMs }, profile }) => {
  const claim = parseGood(request);
  const { toleranceMs } = PROFILES[profile].clock;
  const answer = (of: SignatureClaim, by: VerificationKey | undefined, nowMs = signedAtMs) =>
    answerOf(verifyRequest(of, by, nowMs));

  test('accepts a signature that is exactly five minutes old, and one exactly five minutes in the future', () => {
    expect(toleranceMs).toBe(300_000);
    expect(answer(claim, key, signedAtMs + 300_000)).toEqual({ ok: true });
    expect(answer(claim, key, signedAtMs - 300_000)).toEqual({ ok: true });
  });

  test('refuses a signature that is a millisecond older, and one a millisecond further in the future', () => {
    expect(answer(claim, key, signedAtMs + 300_001)).toEqual(OUT_OF_RANGE);
    expect(answer(claim, key, signedAtMs - 300_001)).toEqual(OUT_OF_RANGE);
  });

  test('checks the time before the signature, the key and the body', () => {
    const late = signedAtMs + 300_001;
    expect(answer(spoil(claim), key, late)).toEqual(OUT_OF_RANGE);
    expect(answer(claim, undefined, late)).toEqual(OUT_OF_RANGE);
    expect(answer({ ...claim, bodyMatchesDigest: false }, key, late)).toEqual(OUT_OF_RANGE);
  });

  test('gives the same answer for a wrong signature, an unknown key and a key of another kind', () => {
    expect(answer(spoil(claim), key)).toEqual(INVALID);
    expect(answer(claim, undefined)).toEqual(INVALID);
    const otherProfile = profile === 'rfc9421' ? 'link-peeler' : 'rfc9421';
    expect(answer(claim, { ...key, profile: otherProfile })).toEqual(INVALID);
    expect(answer(claim, { ...key, algorithm: otherAlgorithm(key.algorithm) })).toEqual(INVALID);
    expect(answer(claim, { ...key, material: [] })).toEqual(INVALID);
    expect(answer({ ...claim, bodyMatchesDigest: false }, key)).toEqual(INVALID);
  });

  test('tries every active secret', () => {
    const [good] = key.material;
    const [first, second] = [randomKey(key.algorithm), randomKey(key.algorithm)];
    if (!good) throw new Error('The row has no key.');
    expect(answer(claim, { ...key, material: [first, good] })).toEqual({ ok: true });
    expect(answer(claim, { ...key, material: [first, second, good] })).toEqual({ ok: true });
    expect(answer(claim, { ...key, material: [first, second] })).toEqual(INVALID);
  });

  test('tries the other secrets after one that fits', () => {
    const reads: number[] = [];
    const watched = new Proxy([key.material[0], randomKey(key.algorithm)], {
      get(target, name, receiver) {
        if (typeof name === 'string' && /^\d+$/.test(name)) reads.push(Number(name));
        return Reflect.get(target, name, receiver);
      },
    });
    expect(answer(claim, { ...key, material: watched as readonly KeyObject[] })).toEqual({ ok: true });
    expect(reads).toEqual([0, 1]);
  });

  test('returns a one-time value of this key that expires ten minutes after signing', () => {
    const verdict = verifyRequest(claim, key, signedAtMs + 1000);
    expect(verdict.ok && verdict.value.oneTimeValue).toEqual({
      keyId: claim.keyId,
      value: claim.nonce ?? expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiresAtMs: signedAtMs + 600_000,
    });
  });

  test('returns the verified request and the key that verified it', () => {
    const verdict = verifyRequest(claim, key, signedAtMs);
    expect(verdict.ok && verdict.value.request).toBe(request);
    expect(verdict.ok && verdict.value.key).toBe(key);
  });

  test('uses the nonce as the one-time value exactly if the profile’s row says so', () => {
    const again = { ...claim, nonce: 'another-nonce-0001' };
    const verdict = verifyRequest(again, key, signedAtMs);
    const isNonce = verdict.ok && verdict.value.oneTimeValue.value === 'another-nonce-0001';
    expect(isNonce).toBe(PROFILES[profile].oneTimeValue === 'nonce');
  });
});

describe.each(INBOUND_ROWS.filter(({ example }) => example.key.algorithm === 'hmac-sha256'))(
  'a refusal under $name',
  ({ example: { request, key, signedAtMs } }) => {
    const claim = parseGood(request);
    const [good = missing()] = key.material;
    const other = createSecretKey(randomBytes(32));

    /** Returns whether the claim is accepted, and the number of HMACs: each is compared with the signatures once. */
    function countMacs(more: Partial<SignatureClaim>, material: readonly KeyObject[]): readonly [boolean, number] {
      let count = 0;
      const { signatures } = { ...claim, ...more };
      const counted = new Proxy(signatures, {
        get: (list, name) => {
          if (name === Symbol.iterator) count += 1;
          return Reflect.get(list, name);
        },
      });
      const by = material.length > 0 ? { ...key, material } : undefined;
      return [verifyRequest({ ...claim, ...more, signatures: counted }, by, signedAtMs).ok, count];
    }

    test.each([
      ['a wrong signature', { signedContent: Buffer.from('other') }],
      ['a body with another digest', { bodyMatchesDigest: false }],
    ])('for %s costs two HMACs without a secret, with one and with two', (_what, more) => {
      for (const material of [[], [good], [other], [good, other], [other, good]])
        expect(countMacs(more, material)).toEqual([false, 2]);
      expect(countMacs({}, [good])).toEqual([true, 1]);
    });
  },
);

describe('without a nonce', () => {
  const [row] = INBOUND_ROWS;
  if (!row) throw new Error('There are no rows.');
  const { key, request, signedAtMs } = row.example;
  const claim: SignatureClaim = { ...parseGood(request), profile: 'vouchersx', nonce: undefined };

  function oneTimeValueOf(of: SignatureClaim, content = of.signedContent): string {
    const [secret] = key.material;
    if (!secret) throw new Error('The row has no key.');
    const signatures = [createHmac('sha256', secret).update(content).digest()];
    const resigned = { ...of, signedContent: content, signatures };
    const verdict = verifyRequest(resigned, { ...key, profile: of.profile }, signedAtMs);
    if (!verdict.ok) throw new Error(verdict.reason);
    return verdict.value.oneTimeValue.value;
  }

  test('the one-time value is a hash of the signed content', () => {
    expect(oneTimeValueOf(claim)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(oneTimeValueOf(claim)).toBe(oneTimeValueOf(claim));
    expect(oneTimeValueOf(claim, Buffer.from('other'))).not.toBe(oneTimeValueOf(claim));
  });

  test('the one-time value stays that hash when the claim has a nonce, because the profile’s row decides', () => {
    expect(oneTimeValueOf({ ...claim, nonce: 'nonce-0123456789' })).toBe(oneTimeValueOf(claim));
  });

  test('verification throws when the profile’s row requires a nonce', () => {
    expect(() => oneTimeValueOf({ ...claim, profile: 'link-peeler' })).toThrow('the claim has none');
  });

  test('the one-time value does not depend on the headers or the text of the signature', () => {
    const withMore = { ...request, headers: { ...request.headers, 'x-more': '1' } };
    expect(oneTimeValueOf({ ...claim, request: withMore })).toBe(oneTimeValueOf(claim));
  });

  test('the one-time value of the same bytes differs between profiles', () => {
    expect(oneTimeValueOf({ ...claim, profile: 'daylight' })).not.toBe(oneTimeValueOf(claim));
  });
});

describe('the dummy key for unknown key ids', () => {
  const [row] = INBOUND_ROWS;
  const content = Buffer.from('content');
  const nowMs = row?.example.signedAtMs ?? 0;

  test('is not a secret that an attacker would guess', () => {
    const guesses = [Buffer.alloc(0), Buffer.alloc(32), Buffer.alloc(64), Buffer.alloc(32, 0xff), Buffer.from('dummy')];
    const signatures = guesses.map((secret) => createHmac('sha256', secret).update(content).digest());
    const claim: SignatureClaim = {
      ...parseGood(row?.example.request ?? missing()),
      signedContent: content,
      signatures,
    };
    const verdict = verifyRequest(claim, undefined, nowMs);
    expect(verdict).toMatchObject({ ok: false, problem: 'signature_invalid', reason: 'the key is unknown' });
  });

  test('never accepts a request, and neither does a key without active secrets', () => {
    const claim: SignatureClaim = {
      ...parseGood(row?.example.request ?? missing()),
      signatures: [createHmac('sha256', Buffer.alloc(32)).update(content).digest()],
      signedContent: content,
    };
    const key: VerificationKey = { ...(row?.example.key ?? missing()), material: [] };
    expect(answerOf(verifyRequest(claim, key, nowMs))).toEqual(INVALID);
  });
});

describe('expires (RFC 9421)', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const [, row] = INBOUND_ROWS;
  const { request, signedAtMs } = row?.example ?? missing();
  const content = Buffer.from('content');
  const key: VerificationKey = { keyId: 'key-1', profile: 'rfc9421', algorithm: 'ed25519', material: [publicKey] };
  const claim = { ...parseGood(request), signedContent: content, signatures: [sign(null, content, privateKey)] };
  const expiring: SignatureClaim = { ...claim, expiresMs: signedAtMs + 60_000 };

  test('is enforced to the millisecond', () => {
    expect(answerOf(verifyRequest(expiring, key, signedAtMs + 59_999))).toEqual({ ok: true });
    expect(answerOf(verifyRequest(expiring, key, signedAtMs + 60_000))).toEqual(OUT_OF_RANGE);
  });

  test('never extends a signature beyond the tolerance', () => {
    const long: SignatureClaim = { ...claim, expiresMs: signedAtMs + 3_600_000 };
    expect(answerOf(verifyRequest(long, key, signedAtMs + 300_001))).toEqual(OUT_OF_RANGE);
  });
});

function missing(): never {
  throw new Error('There are too few rows.');
}
