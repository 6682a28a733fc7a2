// The deliveries that `verifyDelivery` accepts and refuses, under every outbound profile.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryRefused, type DeliveryToVerify, verifyDelivery } from '../../../lib/client/deliveries.ts';
import {
  OUTBOUND_PROFILES,
  type OutboundProfileId,
  PROFILES,
  type Profile,
} from '../../../lib/protocol/profiles/profiles.ts';
import { answer, EVENT, NOW, OLD_SECRET, OTHER_SECRET, SECRET, sent } from './consumer.ts';

const rowOf = (profile: OutboundProfileId): Profile => PROFILES[profile];

describe.each(OUTBOUND_PROFILES)('%s', (profile) => {
  const row = rowOf(profile);
  const { headers, body } = sent(profile);
  const signatureHeader = row.form === 'delimited' ? row.headerCodec.signatureHeader : '';

  test('accepts a body as bytes, as an ArrayBuffer, as a view into a longer one, and as text', () => {
    const roomy = new Uint8Array(body.length + 20);
    roomy.set(body, 7);
    const alone = Uint8Array.from(body);
    const forms = [body, alone, alone.buffer, roomy.subarray(7, 7 + body.length), body.toString('utf8')];
    for (const form of forms) expect(answer({ profile, headers, body: form })).toEqual(EVENT);
  });

  test('accepts either secret of a rotation, at the relay and at the consumer', () => {
    for (const secret of [SECRET, OLD_SECRET, [OLD_SECRET, SECRET], [SECRET, OLD_SECRET]]) {
      const ours = answer({ profile, ...sent(profile, undefined, [SECRET, OLD_SECRET]), secret });
      // A single profile is signed with the old secret until the consumer confirms the rotation.
      expect(ours).toEqual(row.several === 'list' || secret !== SECRET ? EVENT : 'signature_invalid');
    }
    expect(answer({ profile, headers, body, secret: [OTHER_SECRET, SECRET] })).toEqual(EVENT);
    expect(answer({ profile, headers, body, secret: [OTHER_SECRET, OLD_SECRET] })).toBe('signature_invalid');
  });

  test('refuses every flipped bit of the body', () => {
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const flipped = Buffer.from(body);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(answer({ profile, headers, body: flipped })).toBe('signature_invalid');
      }),
    );
  });

  test.each([300_000, 300_001, -300_000, -300_001, 365 * 86_400_000])(
    'checks the age of the signature: %i ms',
    (ageMs) => {
      const signedAt = row.clock?.unit === 's' ? Math.floor(NOW / 1000) * 1000 : NOW;
      const isFresh = !row.clock || Math.abs(ageMs) <= 300_000;
      expect(answer({ profile, headers, body, nowMs: signedAt + ageMs })).toEqual(
        isFresh ? EVENT : 'timestamp_out_of_range',
      );
    },
  );

  test('refuses a delivery when the clock returns NaN', () => {
    expect(answer({ profile, headers, body, nowMs: Number.NaN })).toEqual(row.clock ? 'timestamp_out_of_range' : EVENT);
  });

  test('refuses a delivery without a signature, and without any header', () => {
    const { [signatureHeader]: _, ...unsigned } = headers;
    expect(answer({ profile, headers: unsigned, body })).toBe('signature_missing');
    expect(answer({ profile, headers: { ...headers, [signatureHeader]: '' }, body })).toBe('signature_missing');
    expect(answer({ profile, headers: {}, body })).toMatch(/^(?:signature_missing|request_malformed)$/);
  });

  test('refuses the signature of another profile', () => {
    for (const other of OUTBOUND_PROFILES.filter((id) => id !== profile))
      expect(typeof answer({ profile, ...sent(other) })).toBe('string');
  });

  describe('a genuine body that is not an event', () => {
    test.each([
      ['is not JSON', 'hello'],
      ['is empty', ''],
      ['is truncated', '{"id":"evt_1"'],
      ['is JSON after a byte order mark', `\uFEFF${JSON.stringify(EVENT)}`],
      ['is not UTF-8', Buffer.from('{"id":"ä","type":"endpoint.test","timestamp":"","data":{}}', 'latin1')],
      ['is null', 'null'],
      ['is a list', '[]'],
      ['is a string', '"evt_1"'],
      ['has no id', JSON.stringify({ ...EVENT, id: undefined })],
      ['has an id that is not a string', JSON.stringify({ ...EVENT, id: 5 })],
      ['has no type', JSON.stringify({ ...EVENT, type: undefined })],
      ['has no time', JSON.stringify({ ...EVENT, timestamp: null })],
      ['has no data', JSON.stringify({ ...EVENT, data: null })],
      ['is about a link but has no job', JSON.stringify({ ...EVENT, data: {} })],
      ['is a warning but has no quota', JSON.stringify({ ...EVENT, type: 'quota.warning' })],
    ])('because it %s is refused after the signature was verified', (_, text) => {
      const delivery = sent(profile, text);
      expect(answer({ profile, ...delivery })).toBe('request_malformed');
      expect(answer({ profile, ...delivery, secret: OTHER_SECRET })).toBe('signature_invalid');
    });

    test('is not quoted in the error', () => {
      const refused = failureOf({ profile, ...sent(profile, '{"password": hunter2') });
      expect(refused).toBeInstanceOf(DeliveryRefused);
      expect(refused).toMatchObject({
        name: 'DeliveryRefused',
        message: 'request_malformed: the signature is valid, but the body is not an event',
      });
      expect(refused).not.toHaveProperty('cause');
    });
  });

  test.each([
    ['endpoint.test', {}],
    ['quota.warning', { quota: { used: 80, limit: 100 } }],
    ['a.type.of.next.year', {}],
  ])('accepts an event of type %s without a job', (type, data) => {
    const event = { ...EVENT, type, data };
    expect(answer({ profile, ...sent(profile, JSON.stringify(event)) })).toEqual(event);
  });
});

function failureOf(delivery: Partial<DeliveryToVerify>): unknown {
  try {
    return verifyDelivery({ secret: SECRET, nowMs: NOW, ...delivery } as DeliveryToVerify);
  } catch (error) {
    return error;
  }
}

describe('throws another error for a mistake in the consumer’s program', () => {
  const good = { profile: 'standard-webhooks', ...sent('standard-webhooks') };
  test.each([
    [{ profile: 'link-peeler' }, 'Unknown profile link-peeler. Use one of: vouchersx,'],
    [{ profile: undefined }, 'Unknown profile undefined.'],
    [{ profile: 'constructor' }, 'Unknown profile constructor.'],
    [{ secret: '' }, 'The secret is empty or missing.'],
    [{ secret: [] }, 'Give at least one secret.'],
    [{ secret: [SECRET, undefined] }, 'The secret is empty or missing.'],
    [{ secret: undefined }, 'The secret is empty or missing.'],
    [{ secret: `${SECRET}\n` }, 'spaces or a line break around it'],
    [{ secret: SECRET.slice(6) }, 'A Standard Webhooks secret is whsec_ followed by base64.'],
    [{ body: EVENT }, 'The body must be the bytes as received. Read them before any parser does.'],
    [{ body: [...good.body] }, 'The body must be the bytes as received'],
    [{ body: null }, 'The body must be the bytes as received'],
    [{ headers: undefined }, 'Give the headers that came with the body.'],
    [{ headers: null }, 'Give the headers that came with the body.'],
    [{ headers: 'a: b' }, 'Give the headers that came with the body.'],
    [{ body: undefined }, 'The body must be the bytes as received'],
  ])('%o', (more, message) => {
    const failure = failureOf({ ...good, ...more } as never) as Error;
    expect(failure).not.toBeInstanceOf(DeliveryRefused);
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain(SECRET.slice(8, 20));
  });
});
