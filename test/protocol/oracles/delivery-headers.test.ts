// The form of what we send, whatever the message: existing receivers read it by expressions as narrow as these.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { requestOf } from '../../support/protocol/claims.ts';
import { deliver, keyOf } from './our-side.ts';
import { bodies, deliveriesWith, otherThan, requests, secrets, whsecSecrets } from './random-messages.ts';

const RUNS = 1_000;

type Forms = Readonly<Record<string, RegExp>>;

/** Of one signature; lower-case hex wherever it is hex. */
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

const isForm = (headers: Readonly<Record<string, string>>, forms: Forms) => {
  for (const [name, form] of Object.entries(forms)) expect(headers[name]).toMatch(form);
};

describe.each(Object.entries(DELIVERY_FORMS) as [OutboundProfileId, Forms][])('a delivery of %s', (profile, forms) => {
  const texts = PROFILES[profile].keyBytes === 'utf8' ? secrets : whsecSecrets;

  test('has each header in its one form, says that it is JSON, and names our key where its consumers look for one', () => {
    fc.assert(
      fc.property(texts, deliveriesWith(bodies), (secret, message) => {
        const headers = deliver(profile, message, [secret]);
        isForm(headers, { 'content-type': /^application\/json$/, ...forms });
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
  test('has each header in its one form', () => {
    fc.assert(
      fc.property(requests, ({ keyId, nonce, secret, body, nowMs }) => {
        const signer = { profile, keyId, secretKey: keyOf(profile, secret) };
        const { headers } = signRequest(signer, requestOf({ body }), { timestampMs: nowMs, nonce });
        isForm(headers, REQUEST_FORMS[profile]);
      }),
      { numRuns: RUNS },
    );
  });
});

test('a second secret lengthens the headers of list profiles only', () => {
  fc.assert(
    fc.property(whsecSecrets, deliveriesWith(bodies), (secret, message) => {
      const keys = [otherThan(secret), secret] as const;
      const list = '(?:,v1=[0-9a-f]{64}){2}';
      isForm(deliver('vouchersx', message, keys), { 'x-signature': new RegExp(`^t=\\d{10}${list}$`) });
      isForm(deliver('standard-webhooks', message, keys), {
        'webhook-signature': /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/,
      });
      for (const profile of ['daylight', 'nitro', 'tolinku'] as const)
        isForm(deliver(profile, message, keys), DELIVERY_FORMS[profile]);
    }),
    { numRuns: 300 },
  );
});
