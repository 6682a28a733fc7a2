// What openssl signed is accepted, and what we sign is what openssl signs.
import { createPrivateKey, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signJoined } from '../../lib/protocol/joined-signature.ts';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import { type MessageSigningKey, signRfc9421 } from '../../lib/protocol/rfc9421.ts';
import { deriveHmacKey, Secret } from '../../lib/protocol/secret.ts';
import { verifyRequest } from '../../lib/protocol/verify-request.ts';
import { deriveSecret, type SecretName, type SecretStyle } from '../../lib/relay/key-ring.ts';
import { readVectors } from '../vectors/read-vectors.ts';
import { answerOf, requestOf } from './claims.ts';
import { INBOUND_ROWS, parseGood, type Rfc9421Input } from './inbound-rows.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe.each(INBOUND_ROWS)('$name', ({ vectors }) => {
  test.each(vectors)('takes the vector as $result: $comment', ({ input, result, problem }) => {
    const claim = parseSignedRequest(input.request);
    const verdict = claim.ok ? verifyRequest(claim.value, input.key, input.signedAtMs) : claim;
    expect(answerOf(verdict)).toEqual(result === 'valid' ? { ok: true } : { ok: false, problem });
  });

  test.each(vectors.filter(({ input, result }) => result === 'valid' && input.nonce))(
    'reads its nonce as the one-time value: $comment',
    ({ input }) => {
      const verdict = verifyRequest(parseGood(input.request), input.key, input.signedAtMs);
      expect(verdict.ok && verdict.value.oneTimeValue.value).toBe(input.nonce);
    },
  );
});

describe('link-peeler', () => {
  type Input = Record<'secret' | 'keyId' | 'timestamp' | 'nonce' | 'bodyHex' | 'signature', string>;
  const { tests } = readVectors<Input>('signet-link-peeler.json');

  test.each(tests.filter(({ result }) => result === 'valid'))('signs as openssl does: $comment', ({ input }) => {
    const { secret, keyId, timestamp, nonce, bodyHex, signature } = input;
    const message = { keyId, nonce, timestampMs: Number(timestamp) * 1000, body: bytes(bodyHex) };
    expect(signJoined('link-peeler', message, [deriveHmacKey(new Secret(secret), 'utf8')])).toEqual({
      'x-link-peeler-key': keyId,
      'x-link-peeler-timestamp': timestamp,
      'x-link-peeler-nonce': nonce,
      'x-link-peeler-signature': signature,
    });
  });
});

describe('rfc9421', () => {
  const { tests } = readVectors<Rfc9421Input>('signet-rfc9421.json');
  // RFC 9421 B.1.4, the key that the script signs with.
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU' };
  const privateKey = createPrivateKey({
    key: { ...jwk, x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' },
    format: 'jwk',
  });

  function signingKey({ algorithm, keyId, secret = '' }: Rfc9421Input): MessageSigningKey {
    return algorithm === 'ed25519'
      ? { keyId, algorithm, privateKey }
      : { keyId, algorithm, secretKey: createSecretKey(secret, 'utf8') };
  }

  test.each(tests)('rebuilds the signature base of openssl: $comment', ({ input }) => {
    const { method, path, query, headers, bodyHex } = input;
    const claim = parseGood(requestOf({ method, path, query, headers, body: bytes(bodyHex) }));
    expect(Buffer.from(claim.signedContent).toString('utf8')).toBe(input.base);
  });

  const asWeSign = tests.filter(({ flags }) => !flags.some((flag) => /^(Order|More|Not|Other)/.test(flag)));

  test.each(asWeSign)('signs as openssl does: $comment', ({ input }) => {
    const { method, authority, path, query, bodyHex, timestamp, nonce } = input;
    const request = { method, authority, path, query, headers: {}, body: bytes(bodyHex) };
    const options = { createdSeconds: Number(timestamp), nonce, tag: 'signet' } as const;
    expect(signRfc9421(request, signingKey(input), options)).toEqual(input.headers);
  });

  test('has vectors of both algorithms for the signer', () => {
    expect(new Set(asWeSign.map(({ input }) => input.algorithm))).toEqual(new Set(['ed25519', 'hmac-sha256']));
  });
});

describe('standard-webhooks', () => {
  type Input = { secrets: readonly string[]; id: string; timestamp: string; bodyHex: string; signature: string };

  test.each(readVectors<Input>('signet-standard-webhooks.json').tests)(
    'signs as openssl does: $comment',
    ({ input }) => {
      const { secrets, id, timestamp, bodyHex, signature } = input;
      const [current, ...older] = secrets.map((text) => deriveHmacKey(new Secret(text), 'base64_after_whsec'));
      if (!current) throw new Error('the vector has no secret');
      const message = { id, timestampMs: Number(timestamp) * 1000 + 999, body: bytes(bodyHex) };
      expect(signJoined('standard-webhooks', message, [current, ...older])).toEqual({
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      });
    },
  );
});

describe('derived secrets', () => {
  type Input = SecretName & { master: string; style: SecretStyle; secret: string };
  const { tests } = readVectors<Input>('signet-derived-secrets.json');

  test.each(tests)('derives as openssl does: $comment', ({ input: { master, style, secret, ...name } }) => {
    const ring = { current: 7, masters: new Map([[7, bytes(master)]]) };
    expect(deriveSecret(ring, 7, name, style).reveal()).toBe(secret);
  });

  test('gives no two names the same secret', () => {
    expect(new Set(tests.map(({ input }) => input.secret.replace(/^[a-z]+_/, ''))).size).toBe(tests.length);
  });
});
