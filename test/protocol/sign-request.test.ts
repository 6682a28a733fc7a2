// Signing for others: what our signers throw at rather than sign, and what they mark. What others say to the result is in oracles/.
import { createSecretKey, generateKeyPairSync, verify as verifyEd25519 } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signJoined } from '../../lib/protocol/joined-signature.ts';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import { parseRfc9421, signRfc9421 } from '../../lib/protocol/rfc9421.ts';
import { requestOf } from './claims.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const secretKey = createSecretKey(Buffer.from('sk_a secret of a partner'));

describe('signing a request', () => {
  test('throws when a part of it has a line break, rather than sign something else', () => {
    const options = { createdSeconds: 1_800_000_000, nonce: 'nonce-0123456789', tag: 'signet' } as const;
    const key = { keyId: 'key-1', algorithm: 'ed25519', privateKey } as const;
    expect(() => signRfc9421(requestOf({ query: 'a=1\n"@path": /other' }), key, options)).toThrow('line break');
  });

  test('marks an enrolment with its own tag, which verification of requests does not read', () => {
    const options = { createdSeconds: 1_800_000_000, nonce: 'nonce-0123456789', tag: 'signet-enroll' } as const;
    const request = requestOf();
    const headers = signRfc9421(request, { keyId: 'key-1', algorithm: 'ed25519', privateKey }, options).headers;
    expect(parseSignedRequest({ ...request, headers }).ok).toBe(false);
    const claim = parseRfc9421({ ...request, headers }, 'signet-enroll');
    const { signedContent = Buffer.alloc(0), signatures = [] } = claim.ok ? claim.value : {};
    expect(verifyEd25519(null, signedContent, publicKey, signatures[0] ?? Buffer.alloc(0))).toBe(true);
  });

  test('a message without a part that the profile signs is our own mistake, and throws', () => {
    const message = { timestampMs: 1_800_000_000_000, body: Buffer.from('{}') };
    expect(() => signJoined('standard-webhooks', message, [secretKey])).toThrow('signs the id');
    expect(() => signJoined('link-peeler', { ...message, keyId: 'k' }, [secretKey])).toThrow('signs the nonce');
  });

  test('a profile with one signature is signed with the current secret only', () => {
    const message = { keyId: 'k', nonce: 'nonce-0123456789', timestampMs: 1_800_000_000_000, body: Buffer.from('{}') };
    const other = createSecretKey(Buffer.from('other'));
    expect(signJoined('link-peeler', message, [secretKey, other]).headers).toEqual(
      signJoined('link-peeler', message, [secretKey]).headers,
    );
  });
});
