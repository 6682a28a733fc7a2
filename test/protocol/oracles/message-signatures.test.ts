// RFC 9421 against the library http-message-signatures: it verifies our signatures, and we verify its signatures.
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageSigningKey } from '../../../lib/protocol/signatures/rfc9421.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { requestOf } from '../../support/protocol/claims.ts';
import {
  type AlgorithmName,
  digestOf,
  LIFETIME_MS,
  signableRequests,
  signHeadersWithLibrary,
  signWithLibrary,
  styles,
  type Unsigned,
  unsignedRequests,
  verifyWithLibrary,
} from './message-signature-library.ts';
import { answerToRequest } from './our-side.ts';
import { bodyChanges, changed, keyIds, nonces, times } from './random-messages.ts';

const RUNS = 500;

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const secretKey = createSecretKey(Buffer.from('sk_a secret of a partner'));

interface Row {
  readonly algorithm: AlgorithmName;
  readonly signing: (keyId: string) => MessageSigningKey;
  readonly signs: KeyObject;
  readonly verifies: KeyObject;
  /** A key that did not sign. */
  readonly stranger: KeyObject;
}

const ROWS: readonly Row[] = [
  {
    algorithm: 'ed25519',
    signing: (keyId) => ({ keyId, algorithm: 'ed25519', privateKey }),
    signs: privateKey,
    verifies: publicKey,
    stranger: generateKeyPairSync('ed25519').publicKey,
  },
  {
    algorithm: 'hmac-sha256',
    signing: (keyId) => ({ keyId, algorithm: 'hmac-sha256', secretKey }),
    signs: secretKey,
    verifies: secretKey,
    stranger: createSecretKey(Buffer.from('sk_another secret')),
  },
];

const signers = fc.record({ keyId: keyIds, nonce: nonces, nowMs: times });
/** Generates signers whose `expires` still has ten digits. */
const signersWithEnd = signers.filter(({ nowMs }) => nowMs + LIFETIME_MS <= 9_999_999_999_999);

/** Returns our answer to a request with a repeated header. The library signs it, and `joined` is the received value. */
async function signTwice(headers: Record<string, string | string[]>, joined: string): Promise<string> {
  const unsigned = { ...requestOf(), body: Buffer.alloc(0) };
  const nowMs = 1_800_000_000_000;
  const key = { algorithm: 'hmac-sha256', keyId: 'key-1', key: secretKey } as const;
  const signed = await signHeadersWithLibrary(unsigned, key, { headers, nonce: 'nonce-0123456789', nowMs });
  const request = { ...unsigned, headers: { ...signed, 'x-note': joined } };
  const ours = { keyId: 'key-1', profile: 'rfc9421', algorithm: 'hmac-sha256', material: [secretKey] } as const;
  return answerToRequest(request, ours, nowMs);
}

test('the signature of a repeated header fails when a gateway joins its values with a comma and no space', async () => {
  expect(await signTwice({ 'x-note': 'a' }, 'a')).toBe('accepted');
  expect(await signTwice({ 'x-note': ['a', 'b'] }, 'a, b')).toBe('accepted');
  expect(await signTwice({ 'x-note': ['a', 'b'] }, 'a,b')).toBe('signature_invalid');
});

describe.each(ROWS)('$algorithm', ({ algorithm, signing, signs, verifies, stranger }) => {
  test('the library verifies our signature, and refuses another method, path or key', async () => {
    await fc.assert(
      fc.asyncProperty(signableRequests, signers, async (unsigned, { keyId, nonce, nowMs }) => {
        const signer = { profile: 'rfc9421', ...signing(keyId) } as const;
        const { headers } = signRequest(signer, requestOf(unsigned), { timestampMs: nowMs, nonce });
        const verify = (request: Unsigned, key = verifies) =>
          verifyWithLibrary(request, headers, { algorithm, keyId, key, nowMs });
        expect(headers['content-digest']).toBe(unsigned.body.length > 0 ? digestOf(unsigned.body) : undefined);
        expect(await verify(unsigned)).toBe(true);
        const refused = await Promise.all([
          verify({ ...unsigned, method: 'PUT' }),
          verify({ ...unsigned, path: `${unsigned.path}/` }),
          verify(unsigned, stranger),
        ]);
        expect(refused).toEqual([false, false, false]);
      }),
      { numRuns: RUNS },
    );
  });

  test('we verify the library’s signature, and refuse another body, method or key', async () => {
    await fc.assert(
      fc.asyncProperty(
        unsignedRequests,
        signersWithEnd,
        styles,
        bodyChanges,
        async (unsigned, signer, style, change) => {
          const { keyId, nonce, nowMs } = signer;
          const headers = await signWithLibrary(unsigned, { algorithm, keyId, key: signs }, { style, nonce, nowMs });
          const answer = (request: Unsigned, key = verifies) =>
            answerToRequest({ ...request, headers }, { keyId, profile: 'rfc9421', algorithm, material: [key] }, nowMs);
          expect(answer(unsigned)).toBe('accepted');
          expect(answer({ ...unsigned, method: 'PUT' })).toBe('signature_invalid');
          expect(answer(unsigned, stranger)).toBe('signature_invalid');
          // An added body has no covered digest, so the request is malformed.
          const refusal = unsigned.body.length > 0 ? 'signature_invalid' : 'request_malformed';
          expect(answer({ ...unsigned, body: changed(unsigned.body, change) })).toBe(refusal);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
