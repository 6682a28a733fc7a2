// Per profile: change each covered part → refused; change each uncovered part → still accepted.
// The second half documents what a signature does not protect.
import { describe, expect, test } from 'vitest';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import { INBOUND_PROFILES } from '../../lib/protocol/profiles.ts';
import { verifyRequest } from '../../lib/protocol/verify-request.ts';
import { INBOUND_ROWS, parseGood, type SignedExample } from './inbound-rows.ts';

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

test('every inbound profile has a row', () => {
  expect(new Set(INBOUND_ROWS.map(({ profile }) => profile))).toEqual(new Set(INBOUND_PROFILES));
});

describe.each(INBOUND_ROWS)('$name', ({ example, covered, uncovered }) => {
  test('the request itself is accepted', () => {
    expect(isAccepted(example)).toBe(true);
  });

  test.each(Object.entries(covered))('refuses another: %s', (_part, change) => {
    expect(isAccepted({ ...example, request: change(example.request) })).toBe(false);
  });

  test.each(Object.entries(uncovered))('does not notice another: %s', (_part, change) => {
    expect(isAccepted({ ...example, request: change(example.request) })).toBe(true);
  });

  test('refuses each single bit of the signature and of the signed content flipped', () => {
    const claim = parseGood(example.request);
    const [signature = Buffer.alloc(0)] = claim.signatures;
    const claims = [
      ...everyBit(signature).map((bad) => ({ ...claim, signatures: [bad] })),
      ...everyBit(claim.signedContent).map((bad) => ({ ...claim, signedContent: bad })),
    ];
    expect(claims.filter((bad) => verifyRequest(bad, example.key, example.signedAtMs).ok)).toEqual([]);
  });

  test('refuses a signature cut short, made longer, or empty', () => {
    const claim = parseGood(example.request);
    const [signature = Buffer.alloc(0)] = claim.signatures;
    const others = [signature.subarray(0, -1), Buffer.concat([signature, Buffer.alloc(1)]), Buffer.alloc(0)];
    for (const bad of others)
      expect(verifyRequest({ ...claim, signatures: [bad] }, example.key, example.signedAtMs).ok).toBe(false);
    expect(verifyRequest({ ...claim, signatures: [] }, example.key, example.signedAtMs).ok).toBe(false);
  });
});
