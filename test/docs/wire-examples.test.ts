// The worked examples of the wire document are the openssl vectors, and their bytes give the shown signatures.
import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ENCODINGS } from '../../lib/protocol/encoding.ts';
import {
  type DelimitedProfile,
  INBOUND_PROFILES,
  type InboundProfileId,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
  PROFILES,
  type Profile,
  type ProfileId,
} from '../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, KEY_BYTES, Secret } from '../../lib/protocol/secret.ts';
import { parsePublicKey } from '../../lib/protocol/signatures/ed25519-public-key.ts';
import { parseSignedRequest } from '../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../lib/protocol/signatures/verify-request.ts';
import { verifyWebhook } from '../../lib/protocol/signatures/webhook.ts';
import { requestOf } from '../support/protocol/claims.ts';
import { readVectors } from '../vectors/read-vectors.ts';
import { FENCES, fence, unescapeBytes, workedExample } from './wire-document.ts';

/** The fields of all vector files of profiles. */
type Input = { readonly headers?: Record<string, string>; readonly secrets?: readonly string[] } & Partial<
  Record<
    'secret' | 'publicKey' | 'method' | 'authority' | 'path' | 'algorithm' | 'keyId' | 'base' | 'bodyHex' | 'signature',
    string
  >
> &
  Partial<Record<'id' | 'timestamp' | 'nonce', string>>;

interface Example {
  readonly name: string;
  readonly id: ProfileId;
  readonly input: Input;
}

const EXAMPLES: readonly Example[] = (Object.keys(PROFILES) as ProfileId[]).flatMap(examplesOf);

function examplesOf(id: ProfileId): Example[] {
  const inputs = readVectors<Input>(`signet-${id}.json`).tests.map(({ input }) => input);
  if (id !== 'rfc9421') return [{ name: id, id, input: inputs[0] ?? {} }];
  return ['hmac-sha256', 'ed25519'].map((algorithm) => ({
    name: `${id} ${algorithm}`,
    id,
    input: inputs.find((input) => input.algorithm === algorithm) ?? {},
  }));
}

/** Returns the headers of an example. Some vector files have all headers, others only the text of the signature. */
function headersOf({ id, input }: Example): Record<string, string> {
  const { headers, keyId = '', signature = '' } = input;
  if (headers) return headers;
  const { headerCodec, keyIdHeader }: DelimitedProfile = PROFILES[id as 'nitro'];
  const signatures = [signature.replace(/^v1,/, '')];
  return { ...(keyIdHeader && { [keyIdHeader]: keyId }), ...headerCodec.write({ ...input, signatures }) };
}

/** Returns the signature over the bytes that the document shows, made with node:crypto only. */
function macOf({ id, input }: Example, fields: Readonly<Record<string, string>>): Buffer {
  const content = unescapeBytes(fields.signed ?? '');
  if (input.algorithm === 'ed25519') {
    const { private: d = '', public: x = '' } = fields;
    const jwk = { kty: 'OKP', crv: 'Ed25519', d, x };
    return sign(null, content, createPrivateKey({ key: jwk, format: 'jwk' }));
  }
  const profile: Profile = PROFILES[id];
  const key = KEY_BYTES[profile.form === 'delimited' ? profile.keyBytes : 'utf8'](fields.secret ?? '');
  return createHmac('sha256', key).update(content).digest();
}

const body = Buffer.from(fence('text body').trim());
const timeOf = ({ input: { timestamp = '' } }: Example) => Number(timestamp.padEnd(13, '0'));

test('the wire document has one example for each profile and algorithm', () => {
  const shown = FENCES.map(({ info }) => info).filter((info) => info.startsWith('text example '));
  expect(shown.toSorted()).toEqual(EXAMPLES.map(({ name }) => `text example ${name}`).toSorted());
});

describe.each(EXAMPLES)('the example of $name', (example) => {
  const { fields, headers } = workedExample(example.name);
  const { input } = example;
  const content = unescapeBytes(fields.signed ?? '');

  test('equals the vector that openssl made', () => {
    expect(headers).toEqual(headersOf(example));
    expect(body.toString('hex')).toBe(input.bodyHex);
    expect(fields.secret ?? fields.public).toBe(input.secret ?? input.publicKey ?? input.secrets?.[0]);
    if (!input.base) return;
    expect(content.toString()).toBe(input.base);
    expect(fields.request).toBe(`${input.method} https://${input.authority}${input.path}`);
  });

  test('shows the bytes whose signature it shows', () => {
    const profile: Profile = PROFILES[example.id];
    const [header, encoding] =
      profile.form === 'delimited'
        ? [profile.headerCodec.signatureHeader, profile.encoding]
        : ['signature', 'base64' as const];
    expect(headers[header]).toContain(ENCODINGS[encoding].encode(macOf(example, fields)));
  });

  test('shows their number and the first of them', () => {
    const first = content.subarray(0, 16).toString('hex').match(/../g)?.join(' ');
    expect(fields.bytes).toBe(`${content.length}: ${first} …`);
  });
});

const requests = EXAMPLES.filter(({ id }) => INBOUND_PROFILES.includes(id as InboundProfileId));
const deliveries = EXAMPLES.filter(({ id }) => OUTBOUND_PROFILES.includes(id as OutboundProfileId));

test.each(requests)('the request of $name is accepted, with its one-time value', (example) => {
  const { fields, headers } = workedExample(example.name);
  const claim = parseSignedRequest(requestOf({ headers, body }));
  if (!claim.ok) throw new Error(claim.reason);
  const { keyId, algorithm } = claim.value;
  const material = parsePublicKey(fields.public ?? '') ?? deriveHmacKey(new Secret(fields.secret ?? ''), 'utf8');
  const key = { keyId, algorithm, profile: example.id as InboundProfileId, material: [material] };
  const verdict = verifyRequest(claim.value, key, timeOf(example));
  expect(verdict.ok && verdict.value.oneTimeValue.value).toBe(fields['one-time']);
});

test.each(deliveries)('the headers of $name are accepted as a delivery', (example) => {
  const { fields, headers } = workedExample(example.name);
  const id = example.id as OutboundProfileId;
  const key = deriveHmacKey(new Secret(fields.secret ?? ''), PROFILES[id].keyBytes);
  expect(verifyWebhook(id, { headers, body }, [key], timeOf(example)).ok).toBe(true);
});
