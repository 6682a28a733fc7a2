// The vouchersx profile against stripe's library, which has the same header format and the same signed content.
import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { answerToDelivery, answerToRequest, delimitedKey, deliver } from './our-side.ts';
import {
  bodyChanges,
  changed,
  deliveriesWith,
  jsonTexts,
  keyIds,
  otherThan,
  secrets,
  texts,
  times,
} from './random-messages.ts';

const RUNS = 2_000;
/** For tests in which the library throws, because its stack traces cost more than its signatures. */
const FEWER_RUNS = 300;
const TOLERANCE_SECONDS = 300;
const { webhooks } = Stripe;

/** Returns the library's event of a delivery that was received at this time. @throws Error when the library refuses it */
function construct(body: string | Buffer, header: string, secret: string, receivedAtMs: number): unknown {
  return webhooks.constructEvent(body, header, secret, TOLERANCE_SECONDS, undefined, receivedAtMs);
}

const deliveries = deliveriesWith(jsonTexts);
const lags = fc.integer({ min: 0, max: TOLERANCE_SECONDS });

describe('our signature', () => {
  test('is accepted by constructEvent', () => {
    fc.assert(
      fc.property(secrets, deliveries, lags, (secret, message, lag) => {
        const body = Buffer.from(message.body);
        const header = deliver('vouchersx', { ...message, body }, [secret])['x-signature'] ?? '';
        const receivedAtMs = message.timestampMs + lag * 1000;
        expect(construct(body, header, secret, receivedAtMs)).toEqual(JSON.parse(message.body));
      }),
      { numRuns: RUNS },
    );
  });

  test('is refused by constructEvent with a changed bit in the body, or with another secret', () => {
    fc.assert(
      fc.property(secrets, deliveries, bodyChanges, (secret, message, change) => {
        const body = Buffer.from(message.body);
        const header = deliver('vouchersx', { ...message, body }, [secret])['x-signature'] ?? '';
        const refused = (given: Buffer, known: string) =>
          expect(() => construct(given, header, known, message.timestampMs)).toThrow('No signatures found');
        refused(changed(body, change), secret);
        refused(body, otherThan(secret));
      }),
      { numRuns: FEWER_RUNS },
    );
  });

  test('is accepted during a rotation with either of the two secrets', () => {
    fc.assert(
      fc.property(secrets, deliveries, (older, message) => {
        const current = otherThan(older);
        const delivery = { ...message, body: Buffer.from(message.body) };
        const header = deliver('vouchersx', delivery, [current, older])['x-signature'] ?? '';
        for (const secret of [current, older])
          expect(construct(message.body, header, secret, message.timestampMs)).toEqual(JSON.parse(message.body));
      }),
      { numRuns: FEWER_RUNS },
    );
  });

  test('would be refused in upper-case hex, which we accept but never send', () => {
    fc.assert(
      fc.property(secrets, deliveries, (secret, message) => {
        const body = Buffer.from(message.body);
        const header = deliver('vouchersx', { ...message, body }, [secret])['x-signature'] ?? '';
        const upperCase = header.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase());
        expect(() => construct(body, upperCase, secret, message.timestampMs)).toThrow('No signatures found');
        const signed = { headers: { 'x-signature': upperCase }, body };
        expect(answerToDelivery('vouchersx', signed, secret, message.timestampMs)).toBe('accepted');
      }),
      { numRuns: FEWER_RUNS },
    );
  });
});

describe('the header of generateTestHeaderString', () => {
  test.each(['request', 'delivery'])('is accepted as a vouchersx %s, and refused with another body or secret', (as) => {
    fc.assert(
      fc.property(secrets, keyIds, times, texts, bodyChanges, (secret, keyId, nowMs, payload, change) => {
        const header = webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(nowMs / 1000) });
        const headers = { 'x-partner-slug': keyId, 'x-signature': header };
        const answer = (body: Buffer, known: string) =>
          as === 'request'
            ? answerToRequest({ headers, body }, delimitedKey('vouchersx', keyId, known), nowMs)
            : answerToDelivery('vouchersx', { headers, body }, known, nowMs);
        const body = Buffer.from(payload);
        expect(answer(body, secret)).toBe('accepted');
        expect(answer(changed(body, change), secret)).toBe('signature_invalid');
        expect(answer(body, otherThan(secret))).toBe('signature_invalid');
      }),
      { numRuns: RUNS },
    );
  });
});
