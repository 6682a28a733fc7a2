// The properties of existing receivers that our deliveries must satisfy. The receivers in test/existing-code have them.
import { describe, expect, test } from 'vitest';
import { RECEIVERS } from '../../existing-code/node-receivers.mjs';
import { deliver } from './our-side.ts';

const SECRET = 'whsec_c2VjcmV0IG9mIGEgY29uc3VtZXI=';
const NOW = 1_800_000_000_000;
const PATH = '/api/hooks';
const body = Buffer.from('{"id":"evt_1"}');
const message = { id: 'evt_1', type: 'job.completed', timestampMs: NOW, keyId: 'key-1', body };

type Headers = Record<string, string>;
type Scheme = 'vouchersx' | 'daylight' | 'nitro' | 'tolinku';

const sent = (scheme: Scheme) => deliver(scheme, message, [SECRET]);

function statusOf(scheme: Scheme, more: Headers, { path = PATH, nowMs = NOW } = {}): number {
  return RECEIVERS[scheme](SECRET)({ ...sent(scheme), ...more }, body, path, nowMs);
}

describe('Daylight’s receiver', () => {
  const genuine = sent('daylight')['daylight-signature'] ?? '';
  const [t, v1] = genuine.split(',');
  const wrong = `v1=${'A'.repeat(43)}`;

  test('uses the last v1, so it would refuse a wrong one after ours', () => {
    expect(statusOf('daylight', { 'daylight-signature': `${t},${wrong},${v1}` })).toBe(204);
    expect(statusOf('daylight', { 'daylight-signature': `${t},${v1},${wrong}` })).toBe(401);
  });

  test('refuses spaces', () => {
    expect(statusOf('daylight', { 'daylight-signature': `${t}, ${v1}` })).toBe(401);
  });

  test('never checks the age', () => {
    expect(statusOf('daylight', {}, { nowMs: NOW + 365 * 86_400_000 })).toBe(204);
  });
});

describe('Nitro’s receiver', () => {
  test('throws for a signature of another length', () => {
    expect(statusOf('nitro', { 'x-signature': 'ab' })).toBe(500);
  });

  test('protects only paths under /api', () => {
    const forged = { 'x-signature': '0'.repeat(64) };
    expect(statusOf('nitro', forged)).toBe(401);
    expect(statusOf('nitro', forged, { path: '/hooks' })).toBe(204);
    expect(statusOf('nitro', forged, { path: '/apis' })).toBe(204);
  });

  test.each([
    [300_000, 204],
    [300_001, 401],
    [-300_000, 204],
    [-300_001, 401],
  ])('answers a delivery that is %i ms old with %i', (age, status) => {
    expect(statusOf('nitro', {}, { nowMs: NOW + age })).toBe(status);
  });

  test('requires a timestamp with 13 digits', () => {
    expect(statusOf('nitro', { 'x-timestamp': String(NOW / 1000) })).toBe(401);
  });
});

describe('Tolinku’s receiver', () => {
  test('throws for a signature of another length', () => {
    expect(statusOf('tolinku', { 'x-webhook-signature': `sha256=${sent('tolinku')['x-webhook-signature']}` })).toBe(
      500,
    );
  });

  test('throws for lack of a raw body unless the content type is application/json', () => {
    expect(statusOf('tolinku', { 'content-type': 'application/json; charset=utf-8' })).toBe(204);
    expect(statusOf('tolinku', { 'content-type': 'text/plain' })).toBe(500);
  });
});

describe('VouchersX’s receiver', () => {
  const genuine = sent('vouchersx')['x-signature'] ?? '';
  const [t, v1 = ''] = genuine.split(',');

  test('accepts any of several v1, in either case of hex', () => {
    expect(statusOf('vouchersx', { 'x-signature': `${t},v1=${'0'.repeat(64)},${v1}` })).toBe(204);
    expect(statusOf('vouchersx', { 'x-signature': `${t},${v1},v1=${'0'.repeat(64)}` })).toBe(204);
    expect(statusOf('vouchersx', { 'x-signature': `${t},v1=${v1.slice(3).toUpperCase()}` })).toBe(204);
  });

  test.each([
    [300, 204],
    [301, 401],
    [-300, 204],
    [-301, 401],
  ])('answers a delivery that is %i s old with %i', (age, status) => {
    expect(statusOf('vouchersx', {}, { nowMs: NOW + age * 1000 })).toBe(status);
  });
});

test.each(['vouchersx', 'daylight', 'nitro', 'tolinku'] as const)(
  '%s: refuses a delivery without a signature',
  (scheme) => {
    expect(RECEIVERS[scheme](SECRET)({ 'content-type': 'application/json' }, body, PATH, NOW)).toBe(401);
  },
);
