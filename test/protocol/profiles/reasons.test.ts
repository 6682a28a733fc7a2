// Reasons of refusals: the sender may read them until the signature is checked, so they never repeat what was sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { requestOf, withHeaders } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';

/** Returns the reason of the refusal without the length of the timestamp, which the sender may read. */
function reasonFor(request: ReceivedRequest): string {
  const claim = parseSignedRequest(request);
  return claim.ok ? '' : claim.reason.replace(/\d+ characters$/, '');
}

const WORD = /[A-Za-z0-9_-]{6,}/;
const long = fc.integer({ min: 100, max: 400 }).map((length) => 'q7'.repeat(length));
/** Generates a place in a header's text, and whether the word at that place is replaced. */
const places = fc.record({ where: fc.nat(), replaces: fc.boolean() });

function edit(text: string, { where, replaces }: { where: number; replaces: boolean }, added: string): string {
  const at = where % (text.length + 1);
  return text.slice(0, at) + added + (replaces ? text.slice(at).replace(WORD, '') : text.slice(at));
}

describe.each(INBOUND_ROWS)('$name', ({ example: { request } }) => {
  test('is refused with one of a few short reasons, with any text in its headers', () => {
    const reasons = new Set<string>();
    const names = fc.constantFrom(...Object.keys(request.headers));
    fc.assert(
      fc.property(names, places, long, (name, place, added) => {
        const reason = reasonFor(withHeaders(request, { [name]: edit(request.headers[name] ?? '', place, added) }));
        expect(reason).not.toContain('q7');
        expect(reason.length).toBeLessThan(100);
        reasons.add(reason);
      }),
      { numRuns: 500 },
    );
    expect(reasons.size).toBeGreaterThan(1);
    expect(reasons.size).toBeLessThan(20);
  });
});

test('a reason does not repeat a label that the sender chose', () => {
  const { request } = INBOUND_ROWS.find(({ profile }) => profile === 'rfc9421')?.example ?? { request: requestOf() };
  const input = (request.headers['signature-input'] ?? '').replace(/^sig=/, 'q7q7=');
  expect(reasonFor(withHeaders(request, { 'signature-input': input }))).toBe(
    'signature has no byte sequence with the label of signature-input',
  );
});
