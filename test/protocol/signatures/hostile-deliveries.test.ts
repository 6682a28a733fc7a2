// Hostile deliveries: a consumer's verification never throws, and refuses all of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { anyText } from '../../support/any-text.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';
import { setHeader } from '../../support/protocol/request-changes.ts';

const PIECES = [
  't=1800000000',
  ',v1=',
  ',',
  '=',
  ' ',
  'v1,',
  'v2,',
  '\n',
  '\0',
  'é',
  'a'.repeat(64),
  'A'.repeat(43),
  '.',
];
const texts = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((list) => list.join('')),
  anyText({ maxLength: 200 }),
);

describe.each(OUTBOUND_ROWS)('$profile', ({ profile, vectors, example, keys }) => {
  const answer = (headers: Readonly<Record<string, string>>, body: Uint8Array = example.body) =>
    verifyWebhook(profile, { headers, body }, keys, example.nowMs);
  const signedHeaders = Object.keys(vectors[0]?.input.headers ?? {});

  test('refuses any headers without throwing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...signedHeaders), texts), fc.uint8Array(), (headers, body) => {
        expect(answer(headers, body).ok).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses every other text of the signature', () => {
    const name = Object.keys(example.headers).find((header) => header.endsWith('signature')) ?? '';
    fc.assert(
      fc.property(texts, (text) => {
        expect(answer(setHeader(name, text)(example).headers).ok).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses 64 KiB of a repeated text as the signature', () => {
    const name = Object.keys(example.headers).find((header) => header.endsWith('signature')) ?? '';
    for (const piece of [...PIECES, ',v1=a', 'v1,a ', 't=1,', '1', 't=1800000000,v1=a,'])
      for (const start of ['', 't=1800000000', 't=1800000000,v1=', 'v1,'])
        expect(answer({ ...example.headers, [name]: start + piece.repeat(65_536 / piece.length) }).ok).toBe(false);
  });
});
