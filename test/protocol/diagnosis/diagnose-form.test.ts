// Mistakes that are visible in the headers, under each profile. Right headers have no suspicion.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { diagnoseForm, diagnoseRequestForm } from '../../../lib/protocol/diagnosis/diagnose-form.ts';
import type { Headers } from '../../../lib/protocol/http-message.ts';
import { OUTBOUND_PROFILES, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';

const MAC = Buffer.from('fbefbefbef'.repeat(6).concat('0a1f'), 'hex');
const HEX = MAC.toString('hex');
const PADDED = MAC.toString('base64');
const URLS = MAC.toString('base64url');

const linkPeeler = (timestamp: string, signature: string): Headers => ({
  'x-link-peeler-key': 'k',
  'x-link-peeler-timestamp': timestamp,
  'x-link-peeler-nonce': 'nonce-0123456789',
  'x-link-peeler-signature': signature,
});
const vouchersx = (text: string): Headers => ({ 'x-partner-slug': 'k', 'x-signature': text });
const daylight = (text: string): Headers => ({ 'x-signet-key': 'k', 'daylight-signature': text });
const nitro = (timestamp: string, signature: string): Headers => {
  return { 'x-signet-key': 'k', 'x-timestamp': timestamp, 'x-signature': signature };
};
const message = (created: string, signature: string): Headers => ({
  'signature-input': `proxy=("@path");created=1, sig=("@method");created=${created};keyid="k";tag="signet"`,
  signature: `proxy=:AAAA:, sig=:${signature}:`,
});

const [S, MS] = ['1800000000', '1800000000123'];

describe('a request', () => {
  test.each([
    ['milliseconds_for_seconds', linkPeeler(MS, HEX)],
    ['milliseconds_for_seconds', vouchersx(`t=${MS},v1=${HEX}`)],
    ['milliseconds_for_seconds', daylight(`t=${MS},v1=${URLS}`)],
    ['milliseconds_for_seconds', message(MS, PADDED)],
    ['seconds_for_milliseconds', nitro(S, HEX)],
    ['base64_for_hex', linkPeeler(S, PADDED)],
    ['base64_for_hex', vouchersx(`t=${S},v1=${URLS}`)],
    ['base64_for_hex', vouchersx(`t=${S},v1=${HEX},v1=${PADDED}`)],
    ['base64_for_hex', nitro(MS, PADDED)],
    ['hex_for_base64', daylight(`t=${S},v1=${HEX}`)],
    ['base64_alphabet', daylight(`t=${S},v1=${PADDED}`)],
    ['base64_alphabet', daylight(`t=${S},v1=${PADDED.slice(0, 43)}`)],
    ['base64_alphabet', message(S, URLS)],
    ['base64_alphabet', message(S, `${URLS}=`)],
    ['base64_alphabet', message(S, Buffer.alloc(64, 7).toString('base64url'))],
    ['upper_case_hex', linkPeeler(S, HEX.toUpperCase())],
    ['upper_case_hex', nitro(MS, HEX.toUpperCase())],
    ['signature_prefixed', linkPeeler(S, `sha256=${HEX}`)],
    ['signature_prefixed', nitro(MS, `hmac-sha256=${HEX}`)],
    ['signature_prefixed', vouchersx(`t=${S},v1=sha256=${HEX}`)],
    ['signature_prefixed', daylight(`t=${S},v1=sha256:${URLS}`)],
    ['milliseconds_for_seconds', vouchersx(`t=${MS}, v1=sha256=${PADDED}`)],
  ])('has %s: %j', (suspicion, headers) => {
    expect(diagnoseRequestForm(headers)).toBe(suspicion);
  });

  test.each<[string, Headers]>([
    ['no headers', {}],
    ['a time that is not a number', linkPeeler('yesterday', HEX)],
    ['a signature of another length', linkPeeler(S, HEX.slice(1))],
    ['no signature', linkPeeler(S, '')],
    ['upper-case hex where either case is accepted', vouchersx(`t=${S},v1=${HEX.toUpperCase()}`)],
    ['a key header without its signature header', { 'x-partner-slug': 'k' }],
    ['a signature without a key id', { 'x-signature': `sha256=${HEX}` }],
    ['a proxy’s milliseconds', { 'signature-input': `proxy=("@path");created=${MS}`, signature: 'proxy=:AAAA:' }],
    [
      'a proxy’s signature of another alphabet',
      { ...message(S, PADDED), signature: `proxy=:${URLS}:, sig=:${PADDED}:` },
    ],
    ['a field that is not a dictionary', { 'signature-input': `sig=("@path";created=${MS};tag="signet"` }],
    ['names that every object inherits', { 'x-partner-slug': 'constructor', 'x-signature': '__proto__' }],
  ])('has no suspicion with %s', (_what, headers) => {
    expect(diagnoseRequestForm(headers)).toBeUndefined();
  });

  test.each(INBOUND_ROWS)('has no suspicion when its headers are right: $name', ({ vectors }) => {
    for (const { input } of vectors)
      if (parseSignedRequest(input.request).ok) expect(diagnoseRequestForm(input.request.headers)).toBeUndefined();
  });

  it('never causes an error, with any text in its headers', () => {
    const names = ['x-partner-slug', 'x-signet-key', 'x-link-peeler-key', 'x-signature', 'daylight-signature'];
    const more = ['x-timestamp', 'x-link-peeler-timestamp', 'x-link-peeler-signature', 'signature-input', 'signature'];
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.values(message(MS, URLS)), `t=${MS},v1=${HEX}`, `v1=${'v1='.repeat(40)}`),
    );
    const headers = fc.dictionary(fc.constantFrom(...names, ...more), text, { noNullPrototype: true });
    fc.assert(
      fc.property(headers, (some) => {
        expect([undefined, 'string']).toContain(typeof diagnoseRequestForm(some) === 'string' ? 'string' : undefined);
      }),
    );
  });
});

describe('a delivery', () => {
  const standard = PROFILES['standard-webhooks'];
  const delivery = (timestamp: string, signature: string) => {
    return { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  };

  test.each([
    ['milliseconds_for_seconds', delivery(MS, `v1,${PADDED}`)],
    ['hex_for_base64', delivery(S, `v1,${HEX}`)],
    ['hex_for_base64', delivery(S, HEX)],
    ['base64_alphabet', delivery(S, `v1,${URLS}`)],
    ['base64_alphabet', delivery(S, `v1,${PADDED} v1,${URLS}`)],
    ['signature_prefixed', delivery(S, `sha256=${PADDED}`)],
    [undefined, delivery(S, `v1,${PADDED} v1,${PADDED}`)],
    [undefined, delivery(S, PADDED)],
    [undefined, delivery('', '')],
  ])('of standard-webhooks has %s: %j', (suspicion, headers) => {
    expect(diagnoseForm(standard, headers)).toBe(suspicion);
  });

  test.each([
    ['base64_for_hex', PADDED],
    ['upper_case_hex', HEX.toUpperCase()],
    ['signature_prefixed', `sha256=${HEX}`],
    [undefined, HEX],
    [undefined, ''],
  ])('of tolinku has %s: %s', (suspicion, text) => {
    expect(diagnoseForm(PROFILES.tolinku, { 'x-webhook-signature': text })).toBe(suspicion);
  });

  test.each(OUTBOUND_ROWS)('has no suspicion when its headers are right: $profile', ({ profile, example }) => {
    expect(OUTBOUND_PROFILES).toContain(profile);
    expect(diagnoseForm(PROFILES[profile], example.headers)).toBeUndefined();
  });
});
