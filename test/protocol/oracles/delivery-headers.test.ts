// The format of the headers that we send, for any message. Existing receivers parse them with such narrow expressions.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { requestOf } from '../../support/protocol/claims.ts';
import { deliver, keyOf } from './our-side.ts';
import { bodies, deliveriesWith, otherThan, requests, secrets, whsecSecrets } from './random-messages.ts';

const RUNS = 1_000;

type Forms = Readonly<Record<string, RegExp>>;

/** The formats of headers with one signature. Hex is in lower case. */
const DELIVERY_FORMS: Readonly<Record<OutboundProfileId, Forms>> = {
  vouchersx: { 'x-signature': /^t=\d{10},v1=[0-9a-f]{64}$/ },
  daylight: { 'daylight-signature': /^t=\d{10},v1=[\w-]{43}$/ },
  nitro: { 'x-timestamp': /^\d{13}$/, 'x-signature': /^[0-9a-f]{64}$/ },
  tolinku: { 'x-webhook-signature': /^[0-9a-f]{64}$/, 'x-webhook-event': /^job\.|^endpoint\./ },
  'standard-webhooks': {
    'webhook-id': /^[\w-]{1,128}$/,
    'webhook-timestamp': /^\d{10}$/,
    'webhook-signature': /^v1,[A-Za-z0-9+/]{43}=$/,
  },
};

const expectForms = (headers: Readonly<Record<string, string>>, forms: Forms) => {
  for (const [name, form] of Object.entries(forms)) expect(headers[name]).toMatch(form);
};

describe.each(Object.entries(DELIVERY_FORMS) as [OutboundProfileId, Forms][])('a delivery of %s', (profile, forms) => {
  const texts = PROFILES[profile].keyBytes === 'utf8' ? secrets : whsecSecrets;

  test('has every header in its format, the JSON content type, and our key id if its consumers need one', () => {
    fc.assert(
      fc.property(texts, deliveriesWith(bodies), (secret, message) => {
        const headers = deliver(profile, message, [secret]);
        expectForms(headers, { 'content-type': /^application\/json$/, ...forms });
        expect(headers['x-partner-slug']).toBe(profile === 'vouchersx' ? message.keyId : undefined);
        expect(headers['x-signet-key']).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });
});

const REQUEST_FORMS = {
  'link-peeler': { 'x-link-peeler-timestamp': /^\d{10}$/, 'x-link-peeler-signature': /^[0-9a-f]{64}$/ },
  vouchersx: DELIVERY_FORMS.vouchersx,
  daylight: DELIVERY_FORMS.daylight,
  nitro: DELIVERY_FORMS.nitro,
} as const satisfies Record<string, Forms>;

type SignedRequestProfile = keyof typeof REQUEST_FORMS;

describe.each(Object.keys(REQUEST_FORMS) as SignedRequestProfile[])('a request of %s', (profile) => {
  test('has every header in its format', () => {
    fc.assert(
      fc.property(requests, ({ keyId, nonce, secret, body, nowMs }) => {
        const signer = { profile, keyId, secretKey: keyOf(profile, secret) };
        const { headers } = signRequest(signer, requestOf({ body }), { timestampMs: nowMs, nonce });
        expectForms(headers, REQUEST_FORMS[profile]);
      }),
      { numRuns: RUNS },
    );
  });
});

test('a second secret adds a signature only under list profiles', () => {
  fc.assert(
    fc.property(whsecSecrets, deliveriesWith(bodies), (secret, message) => {
      const keys = [otherThan(secret), secret] as const;
      const list = '(?:,v1=[0-9a-f]{64}){2}';
      expectForms(deliver('vouchersx', message, keys), { 'x-signature': new RegExp(`^t=\\d{10}${list}$`) });
      expectForms(deliver('standard-webhooks', message, keys), {
        'webhook-signature': /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/,
      });
      for (const profile of ['daylight', 'nitro', 'tolinku'] as const)
        expectForms(deliver(profile, message, keys), DELIVERY_FORMS[profile]);
    }),
    { numRuns: 300 },
  );
});
