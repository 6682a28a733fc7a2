// Signing of requests: what the signers refuse to sign, and what they sign. The tests in oracles/ compare other verifiers.
import { createSecretKey, generateKeyPairSync, verify as verifyEd25519 } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signDelimited } from '../../../lib/protocol/signatures/delimited-signature.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { parseRfc9421, signRfc9421 } from '../../../lib/protocol/signatures/rfc9421.ts';
import { requestOf } from '../../support/protocol/claims.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const secretKey = createSecretKey(Buffer.from('sk_a secret of a partner'));

const edKey = { keyId: 'key-1', algorithm: 'ed25519', privateKey } as const;
const moment = { timestampMs: 1_800_000_000_000, nonce: 'nonce-0123456789', tag: 'signet' } as const;

describe('signRfc9421 throws for what no verifier would accept', () => {
  test.each([
    ['a method in lower case', { method: 'post' }],
    ['an empty method', { method: '' }],
    ['a path with a space', { path: '/a b' }],
    ['a path with an escape', { path: '/a%20b' }],
    ['a path without a slash', { path: 'a' }],
    ['a host in upper case', { authority: 'Relay.example' }],
    ['an empty host', { authority: '' }],
    ['a query with its question mark', { query: '?x' }],
    ['a line break', { query: 'a=1\n"@path": /other' }],
  ])('%s', (_what, more) => {
    expect(() => signRfc9421(requestOf(more), edKey, moment)).toThrow();
  });

  test.each([Number.NaN, -5000, 0, 1_800_000_000, 1.8e15, Number.POSITIVE_INFINITY])('the time %d', (timestampMs) => {
    expect(() => signRfc9421(requestOf(), edKey, { ...moment, timestampMs })).toThrow('not a time');
  });

  test.each(['', 'short', 'nonce.0123456789'])('the nonce "%s"', (nonce) => {
    expect(() => signRfc9421(requestOf(), edKey, { ...moment, nonce })).toThrow('nonce');
  });

  test.each(['', 'key.1', 'é'])('the key id "%s"', (keyId) => {
    expect(() => signRfc9421(requestOf(), { ...edKey, keyId }, moment)).toThrow('key id');
  });
});

/** Generates valid texts, and texts that differ from them in one place. */
const near = (...good: string[]) => fc.oneof(fc.constantFrom(...good), fc.constantFrom(...good).chain(slipped));
const slipped = (text: string) =>
  fc
    .tuple(fc.nat(text.length), fc.constantFrom(...' \n?%é/A-a.:\t\0', ''))
    .map(([at, piece]) => text.slice(0, at) + piece + text.slice(at + 1));

test('parsing reads every signed request: the same bytes, time, nonce and key id', () => {
  let signed = 0;
  const requests = fc.record({
    method: near('GET', 'POST', 'DELETE'),
    authority: near('relay.example', 'relay.example:8443'),
    path: near('/', '/api/links', '/a/b.c/~d'),
    query: near('', 'a=1&b=%20', 'é'),
    body: fc.constantFrom(Buffer.alloc(0), Buffer.from('{}')),
  });
  const moments = fc.record({
    timestampMs: fc.oneof(fc.integer({ min: 1e12, max: 9_999_999_999_999 }), fc.double()),
    nonce: near('nonce-0123456789'),
  });
  fc.assert(
    fc.property(requests, moments, near('key-1'), (request, { timestampMs, nonce }, keyId) => {
      const made = attempt(() =>
        signRfc9421({ ...request, headers: {} }, { ...edKey, keyId }, { timestampMs, nonce, tag: 'signet' }),
      );
      if (!made) return;
      signed += 1;
      const claim = parseSignedRequest({ ...request, gatewayAuthority: request.authority, headers: made.headers });
      const { signedContent } = made;
      const read = {
        keyId,
        nonce,
        signedContent,
        bodyMatchesDigest: true,
        timestampMs: Math.floor(timestampMs / 1000) * 1000,
      };
      expect(claim).toMatchObject({ ok: true, value: read });
    }),
    { numRuns: 1000 },
  );
  expect(signed).toBeGreaterThan(50);
  expect(signed).toBeLessThan(950);
});

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

describe('signing a request', () => {
  test('marks an enrolment with its own tag, which the parser of requests ignores', () => {
    const request = requestOf();
    const headers = signRfc9421(request, edKey, { ...moment, tag: 'signet-enroll' }).headers;
    expect(parseSignedRequest({ ...request, headers }).ok).toBe(false);
    const claim = parseRfc9421({ ...request, headers }, 'signet-enroll');
    const { signedContent = Buffer.alloc(0), signatures = [] } = claim.ok ? claim.value : {};
    expect(verifyEd25519(null, signedContent, publicKey, signatures[0] ?? Buffer.alloc(0))).toBe(true);
  });

  test('throws when the message lacks a part that the profile signs', () => {
    const message = { timestampMs: 1_800_000_000_000, body: Buffer.from('{}') };
    expect(() => signDelimited('standard-webhooks', message, [secretKey])).toThrow('signs the id');
    expect(() => signDelimited('link-peeler', { ...message, keyId: 'k' }, [secretKey])).toThrow('signs the nonce');
  });

  test('uses only the current secret under a profile with a single signature', () => {
    const message = { keyId: 'k', nonce: 'nonce-0123456789', timestampMs: 1_800_000_000_000, body: Buffer.from('{}') };
    const other = createSecretKey(Buffer.from('other'));
    expect(signDelimited('link-peeler', message, [secretKey, other]).headers).toEqual(
      signDelimited('link-peeler', message, [secretKey]).headers,
    );
  });
});
