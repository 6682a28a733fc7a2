// The request vectors that openssl made: valid ones are accepted, invalid ones are refused, and our signer makes the same.
import { createPrivateKey, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DelimitedProfileId, InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { type RequestSigner, signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { deriveSecret, type SecretName } from '../../../lib/relay/model/key-ring.ts';
import { answerOf, requestOf } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS, parseGood, type Rfc9421Input } from '../../support/protocol/inbound-rows.ts';
import { delimitedVectors, isAsWeSign } from '../../support/protocol/vector-messages.ts';
import { readVectors } from '../../vectors/read-vectors.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe.each(INBOUND_ROWS)('$name', ({ vectors }) => {
  test.each(vectors)('judges the vector as $result: $comment', ({ input, result, problem }) => {
    const claim = parseSignedRequest(input.request);
    const verdict = claim.ok ? verifyRequest(claim.value, input.key, input.nowMs) : claim;
    expect(answerOf(verdict)).toEqual(result === 'valid' ? { ok: true } : { ok: false, problem });
  });

  test.each(vectors.filter(({ input, result }) => result === 'valid' && input.nonce))(
    'reads its nonce as the one-time value: $comment',
    ({ input }) => {
      const verdict = verifyRequest(parseGood(input.request), input.key, input.nowMs);
      expect(verdict.ok && verdict.value.oneTimeValue.value).toBe(input.nonce);
    },
  );

  test('has valid and invalid vectors', () => {
    expect(new Set(vectors.map(({ result }) => result))).toEqual(new Set(['valid', 'invalid']));
  });
});

const WITHOUT_NONCE = INBOUND_ROWS.filter(({ example }) => example.nonce === undefined);

describe.each(WITHOUT_NONCE)('$name, which has no nonce', ({ vectors }) => {
  const valid = vectors.filter(({ result }) => result === 'valid').map(({ input }) => input);
  const oneTimeValueOf = ({ request, key, nowMs }: (typeof valid)[number]) => {
    const verdict = verifyRequest(parseGood(request), key, nowMs);
    return verdict.ok ? verdict.value.oneTimeValue.value : verdict.reason;
  };

  test('has one one-time value for each body, in every form of the signature', () => {
    const bodies = new Set(valid.map(({ request }) => Buffer.from(request.body).toString('hex')));
    const values = new Set(valid.map(oneTimeValueOf));
    expect(values.size).toBe(bodies.size);
    expect(valid.length).toBeGreaterThan(bodies.size);
  });
});

const DELIMITED = INBOUND_ROWS.map(({ profile }) => profile).filter(
  (profile): profile is InboundProfileId & DelimitedProfileId => profile !== 'rfc9421',
);

describe.each(DELIMITED)('%s', (profile) => {
  const vectors = delimitedVectors(profile).filter((vector) => isAsWeSign(vector) && vector.input.signing.length === 1);

  test.each(vectors)('signs as openssl does: $comment', ({ input }) => {
    const { headers, body, keyId, signing, signedAtMs, nonce = '' } = input;
    const signer: RequestSigner = { profile, keyId, secretKey: createSecretKey(signing[0] ?? '', 'utf8') };
    const request = requestOf({ body });
    const moment = { timestampMs: signedAtMs, nonce: nonce || 'nonce-0123456789' };
    expect(signRequest(signer, request, moment).headers).toEqual(headers);
  });
});

describe('rfc9421', () => {
  const { tests } = readVectors<Rfc9421Input>('signet-rfc9421.json');
  // The script signs with the key of RFC 9421, B.1.4.
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU' };
  const privateKey = createPrivateKey({
    key: { ...jwk, x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' },
    format: 'jwk',
  });

  function signerOf({ algorithm, keyId, secret = '' }: Rfc9421Input): RequestSigner {
    const named = { profile: 'rfc9421', keyId } as const;
    return algorithm === 'ed25519'
      ? { ...named, algorithm, privateKey }
      : { ...named, algorithm, secretKey: createSecretKey(secret, 'utf8') };
  }

  test.each(tests.filter(({ result }) => result === 'valid'))(
    'builds the same signature base as the script: $comment',
    ({ input }) => {
      const { method, path, query, headers, bodyHex } = input;
      const claim = parseGood(requestOf({ method, path, query, headers, body: bytes(bodyHex) }));
      expect(Buffer.from(claim.signedContent).toString('utf8')).toBe(input.base);
    },
  );

  const signable = tests.filter(isAsWeSign);

  test.each(signable)('signs as openssl does: $comment', ({ input }) => {
    const { method, authority, path, query, bodyHex, timestamp, nonce } = input;
    const request = { method, authority, path, query, headers: {}, body: bytes(bodyHex) };
    const signed = signRequest(signerOf(input), request, { timestampMs: Number(timestamp) * 1000 + 999, nonce });
    expect(signed.headers).toEqual(input.headers);
    expect(signed.signedContent.toString('utf8')).toBe(input.base);
  });

  test('has vectors of both algorithms for our signer', () => {
    expect(new Set(signable.map(({ input }) => input.algorithm))).toEqual(new Set(['ed25519', 'hmac-sha256']));
  });
});

describe('derived secrets', () => {
  type Input = SecretName & { master: string; style: 'sk' | 'whsec'; secret: string };
  const { tests } = readVectors<Input>('signet-derived-secrets.json');

  test.each(tests)('derives as openssl does: $comment', ({ input: { master, style, secret, ...name } }) => {
    const ring = { current: 7, masters: new Map([[7, bytes(master)]]) };
    expect(deriveSecret(ring, 7, name, `${style}_`).reveal()).toBe(secret);
  });

  test('derives different secrets for different names', () => {
    expect(new Set(tests.map(({ input }) => input.secret.replace(/^[a-z]+_/, ''))).size).toBe(tests.length);
  });
});
