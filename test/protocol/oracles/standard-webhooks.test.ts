// Standard Webhooks against two npm libraries: they verify our signatures, and we verify their signatures.
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { answerToDelivery, deliver } from './our-side.ts';
import {
  bodyChanges,
  changed,
  deliveriesWith,
  messageIds,
  otherThan,
  texts,
  times,
  whsecSecrets,
} from './random-messages.ts';

const RUNS = 2_000;
/** For tests in which the library throws, because its stack traces cost more than its signatures. */
const FEWER_RUNS = 300;

interface Library {
  readonly name: string;
  /** Throws when the library refuses. */
  verify(secret: string, body: Buffer, headers: Record<string, string>): void;
  sign(secret: string, id: string, at: Date, body: string): string;
}

const LIBRARIES: readonly Library[] = [
  {
    name: 'standardwebhooks',
    verify: (secret, body, headers) => new StandardWebhook(secret).verify(body, headers, { jsonParse: false }),
    sign: (secret, id, at, body) => new StandardWebhook(secret).sign(id, at, body),
  },
  {
    name: 'svix',
    verify: (secret, body, headers) => new SvixWebhook(secret).verify(body, headers),
    sign: (secret, id, at, body) => new SvixWebhook(secret).sign(id, at, body),
  },
];

/** Generates times within four minutes of now: the libraries read the machine's clock, and the run takes some time too. */
const recentTimes = fc.integer({ min: -240_000, max: 240_000 }).map((lag) => Date.now() + lag);
const deliveries = fc
  .tuple(deliveriesWith(texts.map((text) => Buffer.from(text))), recentTimes)
  .map(([message, timestampMs]) => ({ ...message, timestampMs }));

describe.each(LIBRARIES)('$name', ({ verify, sign }) => {
  test('verifies our signature', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, (secret, message) => {
        verify(secret, message.body, deliver('standard-webhooks', message, [secret]));
      }),
      { numRuns: RUNS },
    );
  });

  test('refuses our signature with a changed bit in the body, or with another secret', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, bodyChanges, (secret, message, change) => {
        const headers = deliver('standard-webhooks', message, [secret]);
        expect(() => verify(secret, changed(message.body, change), headers)).toThrow('No matching signature');
        expect(() => verify(otherThan(secret), message.body, headers)).toThrow('No matching signature');
      }),
      { numRuns: FEWER_RUNS },
    );
  });

  test('accepts a delivery during a rotation with either of the two secrets', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, (older, message) => {
        const current = otherThan(older);
        const headers = deliver('standard-webhooks', message, [current, older]);
        for (const secret of [current, older]) verify(secret, message.body, headers);
        expect(() => verify(otherThan(current), message.body, headers)).toThrow('No matching signature');
      }),
      { numRuns: FEWER_RUNS },
    );
  });

  test('makes signatures that we verify, and that we refuse with another body or another secret', () => {
    fc.assert(
      fc.property(whsecSecrets, messageIds, times, texts, bodyChanges, (secret, id, nowMs, text, change) => {
        const body = Buffer.from(text);
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': `${Math.floor(nowMs / 1000)}`,
          'webhook-signature': sign(secret, id, new Date(nowMs), text),
        };
        const answer = (signed: Buffer, known: string) =>
          answerToDelivery('standard-webhooks', { headers, body: signed }, known, nowMs);
        expect(answer(body, secret)).toBe('accepted');
        expect(answer(changed(body, change), secret)).toBe('signature_invalid');
        expect(answer(body, otherThan(secret))).toBe('signature_invalid');
      }),
      { numRuns: RUNS },
    );
  });
});
