// How long a one-time value is kept: long enough that no request is accepted twice, even if clocks differ.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OneTimeValue } from '../../../lib/protocol/signatures/verify-request.ts';
import { MINUTE, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, submission } from '../../support/signing/partner-ways.ts';

const TOLERANCE_MS = 5 * MINUTE;

describe.each(PARTNER_WAYS)('under $name', (way) => {
  const signedAt = (timestampMs: number) => Math.floor(timestampMs / way.tickMs) * way.tickMs;

  async function ready() {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const claims: OneTimeValue[] = [];
    const { claim } = world.ports.oneTimeValues;
    world.ports.oneTimeValues.claim = (value, nowMs) => {
      claims.push(value);
      return claim(value, nowMs);
    };
    const signed = (timestampMs: number) => world.signed(submission(), partner, { timestampMs });
    return { world, partner, claims, signed };
  }

  it.each([-TOLERANCE_MS, -1, 0, 1, TOLERANCE_MS])(
    'is kept until ten minutes after the timestamp when the clock is %i ms off',
    async (offsetMs) => {
      const { world, partner, claims, signed } = await ready();
      const timestampMs = NOW + offsetMs;
      world.time.nowMs = signedAt(timestampMs) - offsetMs;
      expect((await world.ask(signed(timestampMs))).status).toBe(202);
      expect(claims).toEqual([
        { keyId: partner.key.keyId, value: expect.any(String), expiresAtMs: signedAt(timestampMs) + 2 * TOLERANCE_MS },
      ]);
    },
  );

  it('refuses a replay of a request with the latest timestamp until the timestamp is out of range', async () => {
    const { world, signed } = await ready();
    const timestampMs = signedAt(NOW + TOLERANCE_MS);
    const request = signed(timestampMs);
    world.time.nowMs = timestampMs - TOLERANCE_MS;
    expect((await world.ask(request)).status).toBe(202);
    const codes = [];
    for (const later of [1, TOLERANCE_MS, 2 * TOLERANCE_MS - 1, 2 * TOLERANCE_MS, 2 * TOLERANCE_MS + 1]) {
      world.time.nowMs = timestampMs - TOLERANCE_MS + later;
      codes.push((await world.ask(request)).json.code);
    }
    expect(codes).toEqual([...Array(4).fill('nonce_replayed'), 'timestamp_out_of_range']);
  });

  it('never accepts a request twice, at any time of the server’s clock', async () => {
    const { world, signed } = await ready();
    const offsets = fc.oneof(
      fc.integer({ min: -TOLERANCE_MS - 2 * SECOND, max: 3 * TOLERANCE_MS }),
      fc.constantFrom(-TOLERANCE_MS, TOLERANCE_MS).chain((edge) => fc.integer({ min: edge - 2, max: edge + 2 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 999 }), fc.array(offsets, { maxLength: 6 }), async (part, clocks) => {
        const timestampMs = signedAt(NOW + part);
        const request = signed(timestampMs);
        let wasAccepted = false;
        for (const offset of clocks) {
          world.time.nowMs = timestampMs + offset;
          const { status, json } = await world.ask(request);
          const isFresh = Math.abs(offset) <= TOLERANCE_MS;
          const expected = wasAccepted ? [409, 'nonce_replayed'] : [202, undefined];
          expect([status, json.code]).toEqual(isFresh ? expected : [401, 'timestamp_out_of_range']);
          wasAccepted ||= isFresh;
        }
      }),
      { numRuns: 60 },
    );
  });
});
