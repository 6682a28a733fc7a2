// RFC 9421 against the openssl program, with a signature base that is written out here.
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type RequestSigner, signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import type { VerificationKey } from '../../../lib/protocol/signatures/verify-request.ts';
import { AUTHORITY, requestOf } from '../../support/protocol/claims.ts';
import { HAS_OPENSSL, orSkipped } from './command-line.ts';
import { type AlgorithmName, digestOf, signableRequests, type Unsigned } from './message-signature-library.ts';
import { OpensslFolder } from './openssl.ts';
import { answerToRequest } from './our-side.ts';
import { changed, keyIds, nonces, secrets, times } from './random-messages.ts';

/** openssl signs one Ed25519 message at a time, so each message needs its own process. */
const ED25519_MESSAGES = 100;
const HMAC_MESSAGES = 300;

const samples = fc.record({ request: signableRequests, keyId: keyIds, nonce: nonces, timestampMs: times });
type Sample = typeof samples extends fc.Arbitrary<infer T> ? T : never;

/** Returns the signature base, and a function that puts its signature into headers. */
function byHand({ request, keyId, nonce, timestampMs }: Sample, algorithm: AlgorithmName) {
  const { method, path, query, body }: Unsigned = request;
  const hasBody = body.length > 0;
  const components = `"@method" "@authority" "@path" "@query"${hasBody ? ' "content-digest"' : ''}`;
  const created = Math.floor(timestampMs / 1000);
  const input = `(${components});created=${created};nonce="${nonce}";keyid="${keyId}";alg="${algorithm}";tag="signet"`;
  const base = [
    `"@method": ${method}`,
    `"@authority": ${AUTHORITY}`,
    `"@path": ${path}`,
    `"@query": ?${query}`,
    ...(hasBody ? [`"content-digest": ${digestOf(body)}`] : []),
    `"@signature-params": ${input}`,
  ].join('\n');
  const headers = (signature: Buffer) => ({
    ...(hasBody ? { 'content-digest': digestOf(body) } : {}),
    'signature-input': `sig=${input}`,
    signature: `sig=:${signature.toString('base64')}:`,
  });
  return { base: Buffer.from(base), headers };
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const folder = new OpensslFolder();
afterAll(() => folder.remove());

function sign({ request, ...moment }: Sample, signer: RequestSigner): Record<string, string> {
  return signRequest(signer, requestOf(request), moment).headers;
}

const none = Buffer.alloc(0);

/** Returns all values of a sample, so that a failure can be repeated. */
const describeSample = (sample: Sample, secret: string) =>
  JSON.stringify({ secret, ...sample, request: { ...sample.request, body: sample.request.body.toString('hex') } });

describe.skipIf(!HAS_OPENSSL)(`openssl${orSkipped(HAS_OPENSSL, 'openssl 3')}`, () => {
  test('makes the same hmac-sha256 signatures as we do, and we accept them', () => {
    for (const secret of fc.sample(secrets, 3)) {
      const messages = fc.sample(samples, HMAC_MESSAGES / 3);
      const made = messages.map((sample) => byHand(sample, 'hmac-sha256'));
      const contents = made.map(({ base }) => base);
      const macs = folder.hmacs(Buffer.from(secret), contents);
      const secretKey = createSecretKey(secret, 'utf8');
      for (const [index, sample] of messages.entries()) {
        const { keyId, request, timestampMs } = sample;
        const headers = made[index]?.headers(macs[index] ?? none) ?? {};
        const ours = sign(sample, { profile: 'rfc9421', algorithm: 'hmac-sha256', keyId, secretKey });
        expect(ours, describeSample(sample, secret)).toEqual(headers);
        const key = { keyId, profile: 'rfc9421', algorithm: 'hmac-sha256', material: [secretKey] } as const;
        expect(answerToRequest({ ...request, headers }, key, timestampMs), describeSample(sample, secret)).toBe(
          'accepted',
        );
      }
    }
  });

  test('verifies our Ed25519 signatures, and refuses them over another base', () => {
    const signed = fc.sample(samples, ED25519_MESSAGES).map((sample, index) => {
      const { keyId } = sample;
      const headers = sign(sample, { profile: 'rfc9421', algorithm: 'ed25519', keyId, privateKey });
      const { base } = byHand(sample, 'ed25519');
      const isGenuine = index % 10 !== 0;
      const content = isGenuine ? base : changed(base, { where: Math.random(), bit: 0 });
      return { isGenuine, content, signature: Buffer.from(headers['signature']?.slice(5, -1) ?? '', 'base64') };
    });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(folder.verifyEd25519(pem, signed)).toEqual(signed.map(({ isGenuine }) => isGenuine));
  });

  test('makes Ed25519 signatures that we accept, and that we refuse over another base', () => {
    const messages = fc.sample(samples, ED25519_MESSAGES);
    const made = messages.map((sample) => byHand(sample, 'ed25519'));
    const signatures = folder.signEd25519(
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      made.map(({ base }) => base),
    );
    for (const [index, sample] of messages.entries()) {
      const { keyId, request, timestampMs } = sample;
      const headers = made[index]?.headers(signatures[index] ?? none) ?? {};
      const key: VerificationKey = { keyId, profile: 'rfc9421', algorithm: 'ed25519', material: [publicKey] };
      expect(answerToRequest({ ...request, headers }, key, timestampMs)).toBe('accepted');
      expect(answerToRequest({ ...request, method: 'PUT', headers }, key, timestampMs)).toBe('signature_invalid');
    }
  });
});
