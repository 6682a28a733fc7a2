// Published test vectors of the primitives and formats that our profiles use.
import { constants, createPrivateKey, createSecretKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatContentDigest, parseContentDigest } from '../../../lib/protocol/headers/content-digest.ts';
import { canonicalInnerList } from '../../../lib/protocol/headers/structured-dictionary.ts';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { sha256 } from '../../../lib/protocol/sha256.ts';
import { signDelimited } from '../../../lib/protocol/signatures/delimited-signature.ts';
import { formatPublicKey, parsePublicKey } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import { hmacSha256 } from '../../../lib/protocol/signatures/hmac.ts';
import { buildSignatureBase, formatSignatureInput } from '../../../lib/protocol/signatures/signature-base.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { claimOf } from '../../support/protocol/claims.ts';
import { readVectors } from '../../vectors/read-vectors.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const base64url = (hex: string) => bytes(hex).toString('base64url');
const NOW = 1_800_000_000_000;

/** Returns whether our own verification accepts this signature of these bytes. */
function isVerified(algorithm: 'ed25519' | 'hmac-sha256', key: KeyObject, content: Buffer, signature: Buffer): boolean {
  const claim = { ...claimOf({ timestampMs: NOW }), algorithm, signedContent: content, signatures: [signature] };
  const { profile, keyId } = claim;
  return verifyRequest(claim, { keyId, profile, algorithm, material: [key] }, NOW).ok;
}

function publicKeyOf(hex: string): KeyObject {
  const key = parsePublicKey(base64url(hex));
  if (!key) throw new Error('The vector has no valid public key.');
  return key;
}

interface Ed25519Vector {
  readonly secretKey?: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

describe('Ed25519 (RFC 8032)', () => {
  const { tests } = readVectors<Ed25519Vector>('rfc8032-ed25519.json');

  test.each(tests)('verification judges the vector as $result: $comment', ({ input, result }) => {
    const { publicKey, message, signature } = input;
    const verified = isVerified('ed25519', publicKeyOf(publicKey), bytes(message), bytes(signature));
    expect(verified).toBe(result === 'valid');
  });

  test.each(tests.filter(({ input }) => input.secretKey))(
    'signing returns the published bytes: $comment',
    ({ input }) => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', d: base64url(input.secretKey ?? ''), x: base64url(input.publicKey) };
      const key = createPrivateKey({ key: jwk, format: 'jwk' });
      expect(sign(null, bytes(input.message), key).toString('hex')).toBe(input.signature);
    },
  );

  test.each(tests)('a public key is parsed and formatted to the same text: $comment', ({ input }) => {
    expect(formatPublicKey(publicKeyOf(input.publicKey))).toBe(base64url(input.publicKey));
  });
});

describe('HMAC-SHA256 (RFC 4231)', () => {
  const { tests } = readVectors<{ key: string; message: string; tag: string }>('rfc4231-hmac-sha256.json');

  test.each(tests)('the MAC begins with the published bytes: $comment', ({ input: { key, message, tag } }) => {
    expect(
      hmacSha256(createSecretKey(bytes(key)), bytes(message))
        .toString('hex')
        .slice(0, tag.length),
    ).toBe(tag);
  });

  test.each(tests)(
    'verification judges the vector as $result: $comment',
    ({ input: { key, message, tag }, result }) => {
      const verified = isVerified('hmac-sha256', createSecretKey(bytes(key)), bytes(message), bytes(tag));
      expect(verified).toBe(result === 'valid');
    },
  );
});

describe('HKDF-SHA256 (RFC 5869)', () => {
  type Input = { ikm: string; salt: string; info: string; size: number; okm: string };

  test.each(readVectors<Input>('rfc5869-hkdf-sha256.json').tests)(
    'Node derives the published key: $comment',
    ({ input }) => {
      const okm = hkdfSync('sha256', bytes(input.ikm), bytes(input.salt), bytes(input.info), input.size);
      expect(Buffer.from(okm).toString('hex')).toBe(input.okm);
    },
  );
});

describe('Content-Digest (RFC 9530)', () => {
  const { tests } = readVectors<{ bodyHex: string; field: string }>('rfc9530-content-digest.json');

  test.each(tests)('parsing and comparing judges the vector as $result: $comment', ({ input, result, problem }) => {
    const stated = parseContentDigest(input.field);
    const fits = stated.ok && sha256(bytes(input.bodyHex)).equals(stated.value);
    expect(fits).toBe(result === 'valid');
    if (!stated.ok) expect(stated.problem).toBe(problem);
  });

  test.each(tests.filter(({ flags, result }) => result === 'valid' && flags.includes('Published')))(
    'formatting returns the published field: $comment',
    ({ input }) => expect(formatContentDigest(bytes(input.bodyHex))).toBe(input.field),
  );
});

describe('HTTP message signatures (RFC 9421, appendix B.2)', () => {
  interface Input {
    readonly components: readonly string[];
    readonly parameters: Readonly<Record<string, string | number>>;
    readonly algorithm: 'rsa-pss-sha512' | 'hmac-sha256' | 'ed25519';
    readonly signatureInput: string;
    readonly base: string;
    readonly signature: string;
    readonly secretKey?: string;
    readonly publicKey?: string;
    readonly privateKey?: string;
  }
  type Printed = Omit<ReceivedRequest, 'body' | 'gatewayAuthority'> & { readonly bodyHex: string };
  const { request, tests } = readVectors<Input, { request: Printed }>('rfc9421-signatures.json');

  test.each(tests)('the signature base is the published one: $comment', ({ input }) => {
    const signatureInput = formatSignatureInput(input.components, new Map(Object.entries(input.parameters)));
    expect(signatureInput).toBe(input.signatureInput);
    expect(canonicalInnerList(input.signatureInput)).toBe(input.signatureInput);
    const message = { ...request, body: bytes(request.bodyHex) };
    expect(buildSignatureBase(message, input.components, signatureInput)).toBe(input.base);
  });

  test.each(tests)('the published signature of the base is verified: $comment', ({ input }) => {
    const base = Buffer.from(input.base);
    const signature = Buffer.from(input.signature, 'base64');
    if (input.algorithm === 'rsa-pss-sha512') {
      const key = { key: input.publicKey ?? '', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 };
      expect(verify('sha512', base, key, signature)).toBe(true);
    } else {
      const key = parsePublicKey(input.publicKey ?? '') ?? createSecretKey(input.secretKey ?? '', 'base64');
      expect(isVerified(input.algorithm, key, base, signature)).toBe(true);
    }
  });

  test('B.2.6: signing returns the published bytes', () => {
    const input = tests.find(({ comment }) => comment.startsWith('B.2.6'))?.input;
    const jwk = { kty: 'OKP', crv: 'Ed25519', d: input?.privateKey ?? '', x: input?.publicKey ?? '' };
    const signature = sign(null, Buffer.from(input?.base ?? ''), createPrivateKey({ key: jwk, format: 'jwk' }));
    expect(signature.toString('base64')).toBe(input?.signature);
  });
});

describe('Standard Webhooks', () => {
  type Input = { secrets: [string]; id: string; timestamp: string; bodyHex: string; signature: string };

  const { tests } = readVectors<Input>('standard-webhooks.json');
  const headersOf = ({ id, timestamp, signature }: Input) => ({
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  });
  const keyOf = ({ secrets: [text] }: Input) => deriveHmacKey(new Secret(text), 'base64_after_whsec');

  test.each(tests)('signing returns the published headers: $comment', ({ input }) => {
    const message = { id: input.id, timestampMs: Number(input.timestamp) * 1000, body: bytes(input.bodyHex) };
    expect(signDelimited('standard-webhooks', message, [keyOf(input)]).headers).toEqual(headersOf(input));
  });

  test.each(tests)('the published headers are verified: $comment', ({ input }) => {
    const delivery = { headers: headersOf(input), body: bytes(input.bodyHex) };
    const nowMs = Number(input.timestamp) * 1000;
    expect(verifyWebhook('standard-webhooks', delivery, [keyOf(input)], nowMs).ok).toBe(true);
    expect(verifyWebhook('tolinku', delivery, [keyOf(input)], nowMs).ok).toBe(false);
  });
});
