// Standard Webhooks against the two npm libraries: each verifies what we sign, and we verify what each signs.
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
/** Where the library throws: its stack traces cost more than its signatures. */
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

/** The libraries read the machine's clock: what they verify is sent within five minutes of it, less some for the run. */
const recentTimes = fc.integer({ min: -240_000, max: 240_000 }).map((lag) => Date.now() + lag);
const deliveries = fc
  .tuple(deliveriesWith(texts.map((text) => Buffer.from(text))), recentTimes)
  .map(([message, timestampMs]) => ({ ...message, timestampMs }));

describe.each(LIBRARIES)('$name', ({ verify, sign }) => {
  test('verifies what we sign', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, (secret, message) => {
        verify(secret, message.body, deliver('standard-webhooks', message, [secret]));
      }),
      { numRuns: RUNS },
    );
  });

  test('refuses what we sign with a bit of its body changed, or under another secret', () => {
    fc.assert(
      fc.property(whsecSecrets, deliveries, bodyChanges, (secret, message, change) => {
        const headers = deliver('standard-webhooks', message, [secret]);
        expect(() => verify(secret, changed(message.body, change), headers)).toThrow('No matching signature');
        expect(() => verify(otherThan(secret), message.body, headers)).toThrow('No matching signature');
      }),
      { numRuns: FEWER_RUNS },
    );
  });

  test('takes a delivery in rotation with either of the two secrets', () => {
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

  test('signs what we verify, and we refuse another body or another secret', () => {
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
