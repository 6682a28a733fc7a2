// Replay: a captured request that is sent again, unchanged or changed, is refused or has the same one-time value.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import { INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import type { SignatureAlgorithm } from '../../../lib/protocol/profiles/signature-claim.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import {
  type OneTimeValue,
  type VerificationKey,
  verifyRequest,
} from '../../../lib/protocol/signatures/verify-request.ts';
import { withHeaders } from '../../support/protocol/claims.ts';
import { CAPTURED, material, NOW_MS } from './captured-requests.ts';
import { edits } from './edits/header-edits.ts';
import { goodParts, messageOf, type Scheme } from './subjects/delimited-scheme.ts';
import { DAYLIGHT, NITRO, VOUCHERSX } from './subjects/schemes.ts';

function oneTimeValueOf(request: ReceivedRequest, key: VerificationKey, nowMs = NOW_MS): OneTimeValue | undefined {
  const claim = parseSignedRequest(request);
  const verdict = claim.ok
    ? verifyRequest(claim.value, claim.value.keyId === key.keyId ? key : undefined, nowMs)
    : claim;
  return verdict.ok ? verdict.value.oneTimeValue : undefined;
}

test('covers every inbound profile with a captured request', () => {
  expect(new Set(CAPTURED.map(({ profile }) => profile))).toEqual(new Set(INBOUND_PROFILES));
});

describe.each(CAPTURED)('a captured request: $name', ({ request, key, profile, same, refused }) => {
  const first = oneTimeValueOf(request, key);

  test('has a one-time value of its key', () => {
    expect(first).toMatchObject({ keyId: key.keyId, value: expect.stringMatching(/^[A-Za-z0-9_-]{16,128}$/) });
  });

  test.each(Object.entries(same))('keeps its one-time value: %s', (_how, again) => {
    expect(oneTimeValueOf(again, key)).toEqual(first);
  });

  test.each(Object.entries(refused))('is refused: %s', (_how, again) => {
    expect(oneTimeValueOf(again, key)).toBeUndefined();
  });

  test('is never accepted after its one-time value has expired', () => {
    const { toleranceMs } = PROFILES[profile].clock;
    const moments = [-1, -0.5, 0, 0.5, 1, 1.001, 2, 3].map((factor) => NOW_MS + factor * toleranceMs);
    const accepted = moments.filter((nowMs) => oneTimeValueOf(request, key, nowMs));
    expect(accepted).toHaveLength(5);
    for (const nowMs of accepted) expect(first?.expiresAtMs).toBeGreaterThan(nowMs);
  });

  test.each(CAPTURED.filter((other) => other.profile !== profile))('is refused by a key of $name', (other) => {
    const sharing: VerificationKey = { ...other.key, keyId: key.keyId, material: key.material };
    expect(oneTimeValueOf(request, sharing)).toBeUndefined();
  });
});

describe('a different message has a different one-time value', () => {
  const rows: readonly (readonly [string, Scheme, SignatureAlgorithm])[] = [VOUCHERSX, DAYLIGHT, NITRO].map(
    (scheme) => [scheme.profile, scheme, 'hmac-sha256'],
  );

  test.each(rows)('%s: with another byte in the body, and one unit of time later', (_name, scheme, algorithm) => {
    const parts = goodParts(scheme, NOW_MS);
    const profile = scheme.profile as InboundProfileId;
    const key = { keyId: parts.keyId, profile, algorithm, material: material(scheme.key) };
    const values = [
      parts,
      { ...parts, body: Buffer.concat([parts.body, Buffer.from(' ')]) },
      { ...parts, timestamp: String(Number(parts.timestamp) + 1) },
    ].map((changed) => oneTimeValueOf(messageOf(scheme, changed), key)?.value);
    expect(values).not.toContain(undefined);
    expect(new Set(values).size).toBe(3);
  });
});

describe('a one-time value that is a hash of the content', () => {
  const content = CAPTURED.filter(({ profile }) => PROFILES[profile].oneTimeValue === 'content');

  test('exists under vouchersx, daylight and nitro', () => {
    expect(content.map(({ profile }) => profile)).toEqual(['vouchersx', 'daylight', 'nitro']);
  });

  test.each(content)('does not change with any accepted change of header texts: $name', ({ request, same, key }) => {
    const first = oneTimeValueOf(request, key);
    const starts = [request, ...Object.values(same)];
    let changedAndAccepted = 0;
    const names = Object.keys(request.headers);
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.array(fc.tuple(fc.constantFrom(...names, 'x-more'), edits), { minLength: 1, maxLength: 4 }),
        (start, list) => {
          const changed = list.reduce(
            (message, [name, edit]) => withHeaders(message, { [name]: edit(message.headers[name] ?? 'text') }),
            start,
          );
          const value = oneTimeValueOf(changed, key);
          if (value === undefined) return;
          if (JSON.stringify(changed.headers) !== JSON.stringify(request.headers)) changedAndAccepted += 1;
          expect(value).toEqual(first);
        },
      ),
      { numRuns: 2000 },
    );
    expect(changedAndAccepted).toBeGreaterThan(20);
  });
});
