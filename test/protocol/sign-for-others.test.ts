// What we sign is what others verify, and what others sign is what we verify: on random messages, with their code.
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, verify as verifyEd25519 } from 'node:crypto';
import fc from 'fast-check';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { formatContentDigest } from '../../lib/protocol/content-digest.ts';
import type { HttpRequest } from '../../lib/protocol/http-message.ts';
import { signJoined } from '../../lib/protocol/joined-signature.ts';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import { type MessageSigningKey, parseRfc9421, signRfc9421 } from '../../lib/protocol/rfc9421.ts';
import { deriveHmacKey, Secret } from '../../lib/protocol/secret.ts';
import { requiredComponents } from '../../lib/protocol/signature-base.ts';
import { type VerificationKey, verifyRequest } from '../../lib/protocol/verify-request.ts';
import { AUTHORITY, answerOf, requestOf } from './claims.ts';

const RUNS = 300;
const word = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const nonces = word(`${LETTERS}-_`, 16, 128);
const keyIds = word(`${LETTERS}-_`, 1, 64);
const seconds = fc.integer({ min: 1_000_000_000, max: 9_999_999_999 });
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text, 'utf8')),
  fc.constant(Buffer.alloc(0)),
);
// No `.` segments: the oracle's URL resolves them, and so would a client's.
const segments = word(`${LETTERS}-_~`, 1, 10);
const paths = fc.array(segments, { minLength: 1, maxLength: 4 }).map((list) => `/${list.join('/')}`);
const queries = fc.oneof(fc.constant(''), word(`${LETTERS}-._~=&%20+/?:@!$()*,;`, 0, 40));
const methods = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE');

describe('standard-webhooks', () => {
  const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((key) => {
    const text = `whsec_${Buffer.from(key).toString('base64')}`;
    return { text, key: deriveHmacKey(new Secret(text), 'base64_after_whsec') };
  });
  const json = fc.json();
  const ids = word(`${LETTERS}_-`, 1, 40);
  // Their library reads the machine's clock; our signer is told the time, so it is told the machine's.
  const nowMs = Date.now();

  test('its own library verifies what we sign', () => {
    fc.assert(
      fc.property(secrets, ids, json, ({ text, key }, id, body) => {
        const headers = signJoined('standard-webhooks', { id, timestampMs: nowMs, body: Buffer.from(body) }, [key]);
        expect(new Webhook(text).verify(body, headers)).toEqual(JSON.parse(body));
      }),
      { numRuns: RUNS },
    );
  });

  test('its own library signs the same text', () => {
    fc.assert(
      fc.property(secrets, ids, json, seconds, ({ text, key }, id, body, at) => {
        const headers = signJoined('standard-webhooks', { id, timestampMs: at * 1000, body: Buffer.from(body) }, [key]);
        expect(headers['webhook-signature']).toBe(new Webhook(text).sign(id, new Date(at * 1000), body));
      }),
      { numRuns: RUNS },
    );
  });

  test('its own library takes both secrets of a rotation, and no third', () => {
    fc.assert(
      fc.property(secrets, secrets, secrets, json, (current, older, third, body) => {
        fc.pre(new Set([current.text, older.text, third.text]).size === 3);
        const message = { id: 'evt_1', timestampMs: nowMs, body: Buffer.from(body) };
        const headers = signJoined('standard-webhooks', message, [current.key, older.key]);
        for (const { text } of [current, older])
          expect(new Webhook(text).verify(body, headers)).toEqual(JSON.parse(body));
        expect(() => new Webhook(third.text).verify(body, headers)).toThrow('No matching signature');
      }),
      { numRuns: 50 },
    );
  });
});

describe('link-peeler', () => {
  test('we verify what its description says, written out by hand', () => {
    const secretTexts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(secretTexts, keyIds, nonces, seconds, bodies, (secret, keyId, nonce, at, body) => {
        const mac = createHmac('sha256', secret).update(`${at}.`).update(`${nonce}.`).update(body).digest('hex');
        const headers = {
          'x-link-peeler-key': keyId,
          'x-link-peeler-timestamp': `${at}`,
          'x-link-peeler-nonce': nonce,
          'x-link-peeler-signature': mac,
        };
        const secretKey = createSecretKey(secret, 'utf8');
        expect(signJoined('link-peeler', { keyId, nonce, timestampMs: at * 1000, body }, [secretKey])).toEqual(headers);
        const claim = parseSignedRequest(requestOf({ headers, body }));
        const key = { keyId, profile: 'link-peeler', algorithm: 'hmac-sha256', material: [secretKey] } as const;
        expect(claim.ok && answerOf(verifyRequest(claim.value, key, at * 1000))).toEqual({ ok: true });
      }),
      { numRuns: RUNS },
    );
  });
});

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const secretKey = createSecretKey(Buffer.from('sk_a secret of a partner'));

interface Pair {
  readonly algorithm: 'ed25519' | 'hmac-sha256';
  readonly signing: (keyId: string) => MessageSigningKey;
  readonly theirs: KeyObject;
  readonly checks: KeyObject;
}

const PAIRS: readonly Pair[] = [
  {
    algorithm: 'ed25519',
    signing: (keyId) => ({ keyId, algorithm: 'ed25519', privateKey }),
    theirs: privateKey,
    checks: publicKey,
  },
  {
    algorithm: 'hmac-sha256',
    signing: (keyId) => ({ keyId, algorithm: 'hmac-sha256', secretKey }),
    theirs: secretKey,
    checks: secretKey,
  },
];

// The library's types want a PEM; node takes the key object just as well.
const asPem = (key: KeyObject) => key as unknown as string;

describe.each(PAIRS)('rfc9421 with $algorithm', ({ algorithm, signing, theirs, checks }) => {
  const requests = fc.record({ method: methods, path: paths, query: queries, body: bodies });
  const url = ({ path, query }: Pick<HttpRequest, 'path' | 'query'>) =>
    `https://${AUTHORITY}${path}${query === '' ? '' : `?${query}`}`;
  const key = (keyId: string): VerificationKey => ({ keyId, profile: 'rfc9421', algorithm, material: [checks] });

  test('http-message-signatures verifies what we sign', async () => {
    await fc.assert(
      fc.asyncProperty(requests, keyIds, nonces, seconds, async (parts, keyId, nonce, createdSeconds) => {
        const request = requestOf(parts);
        const headers = signRfc9421(request, signing(keyId), { createdSeconds, nonce, tag: 'signet' });
        const verified = await httpbis.verifyMessage(
          {
            keyLookup: async (found) =>
              found.keyid === keyId
                ? { id: keyId, algs: [algorithm], verify: createVerifier(asPem(checks), algorithm) }
                : null,
            requiredParams: ['created', 'nonce', 'keyid', 'alg', 'tag'],
            requiredFields: [...requiredComponents(request.body)],
            notAfter: createdSeconds,
            all: true,
          },
          { method: request.method, url: url(request), headers },
        );
        expect(verified).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('we verify what http-message-signatures signs', async () => {
    const orders = fc.shuffledSubarray(['created', 'nonce', 'keyid', 'alg', 'tag'], { minLength: 5 });
    await fc.assert(
      fc.asyncProperty(requests, keyIds, nonces, seconds, orders, async (parts, keyId, nonce, at, params) => {
        const request = requestOf(parts);
        const digest = request.body.length > 0 ? { 'Content-Digest': formatContentDigest(request.body) } : {};
        const signed = await httpbis.signMessage(
          {
            key: createSigner(asPem(theirs), algorithm, keyId),
            fields: [...requiredComponents(request.body)],
            params,
            paramValues: { created: new Date(at * 1000), nonce, tag: 'signet' },
          },
          { method: request.method, url: url(request), headers: { ...digest, 'X-Other': 'x' } },
        );
        const headers = Object.fromEntries(
          Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        );
        const claim = parseRfc9421({ ...request, headers });
        expect(claim.ok && answerOf(verifyRequest(claim.value, key(keyId), at * 1000))).toEqual({ ok: true });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('signing a request', () => {
  test('throws when a part of it has a line break, rather than sign something else', () => {
    const options = { createdSeconds: 1_800_000_000, nonce: 'nonce-0123456789', tag: 'signet' } as const;
    const key = { keyId: 'key-1', algorithm: 'ed25519', privateKey } as const;
    expect(() => signRfc9421(requestOf({ query: 'a=1\n"@path": /other' }), key, options)).toThrow('line break');
  });

  test('marks an enrolment with its own tag, which verification of requests does not read', () => {
    const options = { createdSeconds: 1_800_000_000, nonce: 'nonce-0123456789', tag: 'signet-enroll' } as const;
    const request = requestOf();
    const headers = signRfc9421(request, { keyId: 'key-1', algorithm: 'ed25519', privateKey }, options);
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
    expect(signJoined('link-peeler', message, [secretKey, other])).toEqual(
      signJoined('link-peeler', message, [secretKey]),
    );
  });
});
