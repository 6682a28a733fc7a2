// For each profile, a change of a covered part is refused, and a change of an uncovered part is still accepted.
// The second half documents what a signature does not protect; `unprotected.ts` prints it.
import { describe, expect, test } from 'vitest';
import { ENCODINGS } from '../../../lib/protocol/encoding.ts';
import { INBOUND_PROFILES, OUTBOUND_PROFILES, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { INBOUND_ROWS, parseGood, type SignedExample } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';
import { editHeader } from '../../support/protocol/request-changes.ts';

function isAccepted({ request, key, signedAtMs }: SignedExample): boolean {
  const claim = parseSignedRequest(request);
  return claim.ok && verifyRequest(claim.value, key, signedAtMs).ok;
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

const everyBit = (bytes: Uint8Array) => Array.from({ length: bytes.length * 8 }, (_, bit) => flipped(bytes, bit));

test('covers every profile in each of its directions', () => {
  expect(new Set(INBOUND_ROWS.map(({ profile }) => profile))).toEqual(new Set(INBOUND_PROFILES));
  expect(OUTBOUND_ROWS.map(({ profile }) => profile)).toEqual(OUTBOUND_PROFILES);
});

describe.each(INBOUND_ROWS)('$name, in', ({ example, covered, uncovered }) => {
  test('accepts the unchanged request', () => {
    expect(isAccepted(example)).toBe(true);
  });

  test.each(Object.entries(covered))('refuses a change of: %s', (_part, change) => {
    expect(isAccepted({ ...example, request: change(example.request) })).toBe(false);
  });

  test.each(Object.entries(uncovered))('accepts a change of: %s', (_part, change) => {
    const request = change(example.request);
    expect(request).not.toEqual(example.request);
    expect(isAccepted({ ...example, request })).toBe(true);
  });

  test('refuses every flipped bit of the signature and of the signed content', () => {
    const claim = parseGood(example.request);
    const [signature = Buffer.alloc(0)] = claim.signatures;
    const claims = [
      ...everyBit(signature).map((bad) => ({ ...claim, signatures: [bad] })),
      ...everyBit(claim.signedContent).map((bad) => ({ ...claim, signedContent: bad })),
    ];
    expect(claims.length).toBeGreaterThanOrEqual(8 * (32 + claim.request.body.length));
    expect(claims.filter((bad) => verifyRequest(bad, example.key, example.signedAtMs).ok)).toEqual([]);
  });

  test('refuses a shortened, a lengthened and an empty signature', () => {
    const claim = parseGood(example.request);
    const [signature = Buffer.alloc(0)] = claim.signatures;
    const others = [signature.subarray(0, -1), Buffer.concat([signature, Buffer.alloc(1)]), Buffer.alloc(0)];
    for (const bad of others)
      expect(verifyRequest({ ...claim, signatures: [bad] }, example.key, example.signedAtMs).ok).toBe(false);
    expect(verifyRequest({ ...claim, signatures: [] }, example.key, example.signedAtMs).ok).toBe(false);
  });
});

describe.each(OUTBOUND_ROWS)('$profile, out', ({ profile, example, keys, covered, uncovered }) => {
  const { headerCodec, encoding } = PROFILES[profile];
  const { encode, decode } = ENCODINGS[encoding];
  const answer = (delivery: typeof example) => verifyWebhook(profile, delivery, keys, delivery.nowMs);

  test('accepts the unchanged delivery', () => {
    expect(answer(example).ok).toBe(true);
  });

  test.each(Object.entries(covered))('refuses a change of: %s', (_part, change) => {
    expect(answer(change(example)).ok).toBe(false);
  });

  test.each(Object.entries(uncovered))('accepts a change of: %s', (_part, change) => {
    const changed = change(example);
    expect(changed).not.toEqual(example);
    expect(answer(changed).ok).toBe(true);
  });

  test('refuses every flipped bit of the body and of the signature', () => {
    const read = headerCodec.read(example.headers);
    const [text = ''] = read.ok ? read.value.signatures : [];
    const signatures = everyBit(decode(text) ?? Buffer.alloc(0));
    expect(signatures).toHaveLength(256);
    const deliveries = [
      ...signatures.map((bad) => editHeader(headerCodec.signatureHeader, text, encode(bad))(example)),
      ...everyBit(example.body).map((body) => ({ ...example, body })),
    ];
    const problems = deliveries.map(answer).map((verdict) => (verdict.ok ? 'accepted' : verdict.problem));
    expect(new Set(problems)).toEqual(new Set(['signature_invalid']));
  });
});
