// The existing Node code of partners and consumers: the relay accepts its requests, and it accepts our deliveries.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECEIVERS } from '../../existing-code/node-receivers.mjs';
import { SENDERS } from '../../existing-code/node-senders.mjs';
import { answerToRequest, delimitedKey, deliver } from './our-side.ts';
import {
  bodies,
  bodyChanges,
  changed,
  deliveriesWith,
  jsonTexts,
  otherThan,
  requests,
  secrets,
  whsecSecrets,
} from './random-messages.ts';

const RUNS = 2_000;
const PATH = '/api/hooks';

describe.each(['link-peeler', 'vouchersx', 'daylight', 'nitro'] as const)('a request sent by %s code', (profile) => {
  test('is accepted, and refused with a changed bit in its body or with another secret', () => {
    fc.assert(
      fc.property(requests, bodyChanges, ({ keyId, secret, body, nowMs }, change) => {
        const headers = SENDERS[profile]({ keyId, secret, body, nowMs });
        const key = delimitedKey(profile, keyId, secret);
        expect(answerToRequest({ headers, body }, key, nowMs)).toBe('accepted');
        expect(answerToRequest({ headers, body: changed(body, change) }, key, nowMs)).toBe('signature_invalid');
        const otherKey = delimitedKey(profile, keyId, otherThan(secret));
        expect(answerToRequest({ headers, body }, otherKey, nowMs)).toBe('signature_invalid');
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(['vouchersx', 'daylight', 'nitro', 'tolinku'] as const)('a delivery to %s code', (profile) => {
  test('is accepted, and refused with a changed bit in its body or with another secret', () => {
    fc.assert(
      fc.property(secrets, deliveriesWith(bodies), bodyChanges, (secret, message, change) => {
        const headers = deliver(profile, message, [secret]);
        const receive = RECEIVERS[profile](secret);
        expect(receive(headers, message.body, PATH, message.timestampMs)).toBe(204);
        expect(receive(headers, changed(message.body, change), PATH, message.timestampMs)).toBe(401);
        const others = RECEIVERS[profile](otherThan(secret));
        expect(others(headers, message.body, PATH, message.timestampMs)).toBe(401);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a delivery to standard-webhooks code', () => {
  // The package parses the body and reads the machine's clock. standard-webhooks.test.ts sends it thousands of messages.
  const deliveries = deliveriesWith(jsonTexts.map((text) => Buffer.from(text)));

  test('is accepted, and refused with a changed bit in its body or with another secret', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, bodyChanges, (secret, message, change) => {
        const nowMs = Date.now();
        const headers = deliver('standard-webhooks', { ...message, timestampMs: nowMs }, [secret]);
        const receive = RECEIVERS['standard-webhooks'](secret);
        expect(receive(headers, message.body, PATH, nowMs)).toBe(204);
        expect(receive(headers, changed(message.body, change), PATH, nowMs)).toBe(401);
        expect(RECEIVERS['standard-webhooks'](otherThan(secret))(headers, message.body, PATH, nowMs)).toBe(401);
      }),
      { numRuns: 300 },
    );
  });
});
