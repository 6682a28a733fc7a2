// Deliveries: the secrets that sign them, the headers of each, and the order in which a consumer's verification refuses.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OUTBOUND_PROFILES, type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signWebhook, verifyWebhook } from '../../../lib/protocol/signatures/webhook.ts';
import { answerOf } from '../../support/protocol/claims.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';

const [current, older, stranger] = ['current', 'older', 'stranger'].map((text) => createSecretKey(text, 'utf8')) as [
  KeyObject,
  KeyObject,
  KeyObject,
];
const NOW = 1_800_000_000_123;
const message = {
  id: 'evt_1',
  type: 'link.resolved',
  timestampMs: NOW,
  body: Buffer.from('{"id":"evt_1"}'),
  keyId: 'we_1',
};

const isAccepted = (id: OutboundProfileId, headers: Record<string, string>, keys: readonly KeyObject[]) =>
  verifyWebhook(id, { headers, body: message.body }, keys, NOW).ok;

describe.each(OUTBOUND_PROFILES)('signing under %s', (id) => {
  const headers = signWebhook(id, message, [current, older]);
  const isList = PROFILES[id].several === 'list';

  test('uses both secrets of a rotation in a list profile, and only the older one in a single profile', () => {
    expect(isAccepted(id, headers, [older])).toBe(true);
    expect(isAccepted(id, headers, [current])).toBe(isList);
    expect(isAccepted(id, headers, [stranger, current, older])).toBe(true);
    expect(isAccepted(id, headers, [stranger])).toBe(false);
  });

  test('puts the current signature first in a list', () => {
    const [alone, first] = [signWebhook(id, message, [current]), signWebhook(id, message, [older])];
    const name = PROFILES[id].headerCodec.signatureHeader;
    if (isList) expect(headers[name]?.startsWith(alone[name] ?? 'nothing')).toBe(true);
    else expect(headers[name]).toBe(first[name]);
  });

  test('adds the headers of every delivery, with the time in seconds under every profile', () => {
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1800000000',
      'x-webhook-event': 'link.resolved',
    });
  });

  test('throws for an invalid time', () => {
    for (const timestampMs of [Number.NaN, -5000, 1.8e15])
      expect(() => signWebhook(id, { ...message, timestampMs }, [current])).toThrow('not a time');
  });

  test('names the key under vouchersx only', () => {
    expect(Object.values(headers).includes('we_1')).toBe(id === 'vouchersx');
    expect(headers['x-partner-slug']).toBe(id === 'vouchersx' ? 'we_1' : undefined);
    expect(headers['x-signet-key']).toBeUndefined();
  });
});

describe.each(OUTBOUND_ROWS)('verifying under $profile', ({ profile, example, keys }) => {
  const { signatureHeader } = PROFILES[profile].headerCodec;
  const hasClock = profile !== 'tolinku';
  const answer = (more: Partial<typeof example>, by: readonly KeyObject[] = keys) => {
    const delivery = { ...example, ...more };
    return answerOf(verifyWebhook(profile, delivery, by, delivery.nowMs));
  };
  const late = example.nowMs + 300_001;
  const otherBody = Buffer.from('{}');

  test('checks the form first, then the time, then the signature', () => {
    const malformed = { ...example.headers, [signatureHeader]: 'nothing of the kind' };
    expect(answer({ headers: malformed, nowMs: late, body: otherBody })).toEqual({
      ok: false,
      problem: 'request_malformed',
    });
    const problem = hasClock ? 'timestamp_out_of_range' : 'signature_invalid';
    expect(answer({ nowMs: late, body: otherBody })).toEqual({ ok: false, problem });
    expect(answer({ body: otherBody })).toEqual({ ok: false, problem: 'signature_invalid' });
  });

  test('refuses a delivery without its signature header as signature_missing', () => {
    const { [signatureHeader]: _removed, ...headers } = example.headers;
    expect(answer({ headers })).toEqual({ ok: false, problem: 'signature_missing' });
  });

  test('tries every secret, and accepts nothing without secrets', () => {
    expect(answer({}, [stranger, ...keys])).toEqual({ ok: true });
    expect(answer({}, [...keys, stranger])).toEqual({ ok: true });
    expect(answer({}, [stranger])).toEqual({ ok: false, problem: 'signature_invalid' });
    expect(answer({}, [])).toEqual({ ok: false, problem: 'signature_invalid' });
  });

  test('returns the signed bytes, and an id and a time only if they were signed', () => {
    const verdict = verifyWebhook(profile, example, keys, example.nowMs);
    expect(verdict.ok && verdict.value.body).toBe(example.body);
    expect(verdict.ok && verdict.value.id !== undefined).toBe(profile === 'standard-webhooks');
    expect(verdict.ok && verdict.value.timestampMs !== undefined).toBe(hasClock);
  });
});
