// The delivery vectors that openssl made: valid ones are accepted, invalid ones are refused, and our signer makes the same.
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signWebhook, verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { answerOf } from '../../support/protocol/claims.ts';
import { deliveryOf, keysOf, OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';
import { type DelimitedMessage, isAsWeSign } from '../../support/protocol/vector-messages.ts';

/** The headers of every delivery, under every profile. */
const UNSIGNED = ['content-type', 'x-webhook-event', 'webhook-id', 'webhook-timestamp'];

describe.each(OUTBOUND_ROWS)('$profile', ({ profile, vectors }) => {
  test.each(vectors)('judges the vector as $result: $comment', ({ input, result, problem }) => {
    const verdict = verifyWebhook(profile, input, keysOf(profile, input.active), input.nowMs);
    expect(answerOf(verdict)).toEqual(result === 'valid' ? { ok: true } : { ok: false, problem });
  });

  test.each(vectors.filter(({ result }) => result === 'valid'))(
    'returns the body, and time and id if they are signed: $comment',
    ({ input }) => {
      const verdict = verifyWebhook(profile, deliveryOf(input), keysOf(profile, input.active), input.nowMs);
      expect(verdict.ok && verdict.value).toEqual({
        body: input.body,
        timestampMs: profile === 'tolinku' ? undefined : input.signedAtMs,
        id: profile === 'standard-webhooks' ? input.id : undefined,
      });
    },
  );

  function sign({ body, keyId, id, signedAtMs, signing }: DelimitedMessage) {
    const message = { id, type: 'link.resolved', timestampMs: signedAtMs, body, keyId: keyId || 'we_1' };
    const [current, ...older] = keysOf(profile, signing);
    if (!current) throw new Error('The vector has no secret.');
    return signWebhook(profile, message, [current, ...older]);
  }

  test.each(vectors.filter(isAsWeSign))('signs as openssl does: $comment', ({ input }) => {
    // Only requests have x-signet-key. A delivery names no key unless its row says so.
    const { 'x-signet-key': _onlyOfRequests, ...signed } = input.headers;
    const headers = sign(input);
    expect(headers).toMatchObject(signed);
    expect(new Set([...Object.keys(headers), ...UNSIGNED])).toEqual(new Set([...Object.keys(signed), ...UNSIGNED]));
  });

  test('has a vector with two active secrets exactly if its row is a list', () => {
    const counts = vectors.filter(isAsWeSign).map(({ input }) => input.signing.length);
    expect(counts.includes(2)).toBe(PROFILES[profile].several === 'list');
  });
});
