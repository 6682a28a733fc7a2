// The existing Python code of partners and consumers, in both directions. Each direction runs in one process.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { requestOf } from '../../support/protocol/claims.ts';
import { HAS_PYTHON, orSkipped } from './command-line.ts';
import { answerToDelivery, answerToRequest, delimitedKey, deliver, keyOf } from './our-side.ts';
import {
  bodies,
  bodyChanges,
  changed,
  deliveriesWith,
  nonces,
  otherThan,
  secrets,
  whsecSecrets,
} from './random-messages.ts';

const MESSAGES_EACH = 300;
const SCRIPT = new URL('../../existing-code/sender_receiver.py', import.meta.url).pathname;

type Headers = Record<string, string>;

/** A message of one scheme in one direction. */
type Sample = (typeof SAMPLES)[number];

/** Returns new random messages in each run. A failed expectation prints all values, so that it can be repeated. */
function draw(secretTexts: fc.Arbitrary<string>) {
  return fc
    .sample(fc.tuple(deliveriesWith(bodies), nonces, secretTexts, bodyChanges), MESSAGES_EACH)
    .map(([message, nonce, secret, change]) => ({ ...message, nonce, secret, change }));
}

const SAMPLES = [
  ...INBOUND_PROFILES.filter((id) => id !== 'rfc9421').flatMap((scheme) =>
    draw(secrets).map((message) => ({ ...message, direction: 'in' as const, scheme })),
  ),
  ...OUTBOUND_PROFILES.flatMap((scheme) =>
    draw(scheme === 'standard-webhooks' ? whsecSecrets : secrets).map((message) => ({
      ...message,
      direction: 'out' as const,
      scheme,
    })),
  ),
];

function ourHeaders(sample: Sample): Headers {
  if (sample.direction === 'out') return deliver(sample.scheme, sample, [sample.secret]);
  const { scheme, keyId, secret, body } = sample;
  return signRequest({ profile: scheme, keyId, secretKey: keyOf(scheme, secret) }, requestOf({ body }), sample).headers;
}

function ourAnswer(sample: Sample, headers: Headers, { secret, body }: { secret: string; body: Buffer }): string {
  const { keyId, timestampMs } = sample;
  return sample.direction === 'out'
    ? answerToDelivery(sample.scheme, { headers, body }, secret, timestampMs)
    : answerToRequest({ headers, body }, delimitedKey(sample.scheme, keyId, secret), timestampMs);
}

/** Sends all lines to one process, and returns its answers in the same order. */
function ask<Answer>(lines: readonly object[]): Answer[] {
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const output = execFileSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const answers = output.trimEnd().split('\n');
  expect(answers).toHaveLength(lines.length);
  return answers.map((line) => JSON.parse(line));
}

function lineOf({ scheme, secret, keyId, id, nonce, timestampMs, body }: Sample) {
  return { scheme, secret, keyId, id, nonce, nowMs: timestampMs, path: '/api/hooks', bodyHex: body.toString('hex') };
}

describe.skipIf(!HAS_PYTHON)(`Python code${orSkipped(HAS_PYTHON, 'python3')}`, () => {
  test('exists for every scheme in each of its directions', () => {
    const ways = new Set(SAMPLES.map(({ scheme, direction }) => `${scheme} ${direction}`));
    expect(ways.size).toBe(4 + 5);
    expect(SAMPLES).toHaveLength(ways.size * MESSAGES_EACH);
  });

  test('sends requests and deliveries that we accept, and refuse with a changed bit in the body or another secret', () => {
    const sent = ask<{ headers: Headers }>(SAMPLES.map((sample) => ({ op: 'send', ...lineOf(sample) })));
    for (const [index, sample] of SAMPLES.entries()) {
      const { headers = {} } = sent[index] ?? {};
      const { secret, body, change } = sample;
      const answers = [
        ourAnswer(sample, headers, { secret, body }),
        ourAnswer(sample, headers, { secret, body: changed(body, change) }),
        ourAnswer(sample, headers, { secret: otherThan(secret), body }),
      ];
      const all = JSON.stringify({ headers, change, ...lineOf(sample) });
      expect(answers, all).toEqual(['accepted', 'signature_invalid', 'signature_invalid']);
    }
  });

  test('accepts what we send, and refuses it with a changed bit in the body or another secret', () => {
    const lines = SAMPLES.flatMap((sample) => {
      const line = { op: 'receive', headers: ourHeaders(sample), ...lineOf(sample) };
      const otherBody = { ...line, bodyHex: changed(sample.body, sample.change).toString('hex') };
      return [line, otherBody, { ...line, secret: otherThan(sample.secret) }];
    });
    const statuses = ask<{ status: number }>(lines).map(({ status }) => status);
    expect(lines.find((_, index) => statuses[index] !== [204, 401, 401][index % 3])).toBeUndefined();
  });
});
