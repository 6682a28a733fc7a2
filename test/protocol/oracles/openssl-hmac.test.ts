// Every HMAC scheme against the openssl program. The signed content is written out here. Our headers must have openssl's
// MAC of it, and we must accept headers with that MAC.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type {
  DelimitedProfileId,
  InboundProfileId,
  OutboundProfileId,
} from '../../../lib/protocol/profiles/profiles.ts';
import { signRequest } from '../../../lib/protocol/signatures/sign-request.ts';
import { requestOf } from '../../support/protocol/claims.ts';
import { HAS_OPENSSL, orSkipped } from './command-line.ts';
import { OpensslFolder } from './openssl.ts';
import { answerToDelivery, answerToRequest, delimitedKey, deliver, keyOf } from './our-side.ts';
import { bodies, deliveriesWith, nonces, secrets, whsecSecrets } from './random-messages.ts';

const SECRETS_EACH = 5;
const MESSAGES_EACH = 60;

const samples = fc
  .tuple(deliveriesWith(bodies), nonces)
  .map(([message, nonce]) => ({ ...message, nonce, seconds: `${Math.floor(message.timestampMs / 1000)}` }));

type Message = typeof samples extends fc.Arbitrary<infer T> ? T : never;
type Headers = Record<string, string>;

interface Scheme {
  readonly profile: DelimitedProfileId;
  readonly before: (message: Message) => string;
  readonly headers: (message: Message, mac: Buffer) => Headers;
}

type Inbound = Scheme & { readonly profile: InboundProfileId };
type Outbound = Scheme & { readonly profile: OutboundProfileId };

const vouchersx = {
  profile: 'vouchersx',
  before: ({ seconds }: Message) => `${seconds}.`,
  headers: ({ keyId, seconds }: Message, mac: Buffer) => ({
    'x-partner-slug': keyId,
    'x-signature': `t=${seconds},v1=${mac.toString('hex')}`,
  }),
} as const;

const daylight = {
  profile: 'daylight',
  before: ({ seconds }: Message) => `${seconds}.`,
  headers: ({ seconds }: Message, mac: Buffer) => ({
    'daylight-signature': `t=${seconds},v1=${mac.toString('base64url')}`,
  }),
} as const;

const nitro = {
  profile: 'nitro',
  before: ({ timestampMs }: Message) => `${timestampMs}`,
  headers: ({ timestampMs }: Message, mac: Buffer) => ({
    'x-timestamp': `${timestampMs}`,
    'x-signature': mac.toString('hex'),
  }),
} as const;

/** Returns the scheme with our key id header, because daylight and nitro have no key id of their own. */
const withKey = <S extends Scheme>(scheme: S) => ({
  ...scheme,
  headers: (message: Message, mac: Buffer) => ({ ...scheme.headers(message, mac), 'x-signet-key': message.keyId }),
});

const REQUESTS: readonly Inbound[] = [
  {
    profile: 'link-peeler',
    before: ({ seconds, nonce }) => `${seconds}.${nonce}.`,
    headers: ({ keyId, seconds, nonce }, mac) => ({
      'x-link-peeler-key': keyId,
      'x-link-peeler-timestamp': seconds,
      'x-link-peeler-nonce': nonce,
      'x-link-peeler-signature': mac.toString('hex'),
    }),
  },
  vouchersx,
  withKey(daylight),
  withKey(nitro),
];

const DELIVERIES: readonly Outbound[] = [
  vouchersx,
  daylight,
  nitro,
  {
    profile: 'tolinku',
    before: () => '',
    headers: ({ type }, mac) => ({ 'x-webhook-signature': mac.toString('hex'), 'x-webhook-event': type }),
  },
  {
    profile: 'standard-webhooks',
    before: ({ id, seconds }) => `${id}.${seconds}.`,
    headers: ({ id, seconds }, mac) => ({
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${mac.toString('base64')}`,
    }),
  },
];

const none = Buffer.alloc(0);
const folder = new OpensslFolder();
afterAll(() => folder.remove());

/** Returns random messages, each with headers that contain openssl's MAC. */
function signedByOpenssl({ profile, before, headers }: Scheme) {
  const isDecoded = profile === 'standard-webhooks';
  return fc.sample(isDecoded ? whsecSecrets : secrets, SECRETS_EACH).flatMap((secret) => {
    const key = isDecoded ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
    const messages = fc.sample(samples, MESSAGES_EACH);
    const contents = messages.map((message) => Buffer.concat([Buffer.from(before(message)), message.body]));
    const macs = folder.hmacs(key, contents);
    expect(macs.map((mac) => mac.length)).toEqual(messages.map(() => 32));
    return messages.map((message, index) => ({ secret, message, headers: headers(message, macs[index] ?? none) }));
  });
}

/** Returns the first wrong case with all its values, so that it can be repeated. */
function findWrong(cases: readonly { ours: Headers; openssl: Headers; answer: string; body: Buffer }[]) {
  const wrong = cases.find(({ ours, openssl, answer }) => {
    const same = Object.entries(openssl).every(([name, value]) => ours[name] === value);
    return !same || answer !== 'accepted';
  });
  return wrong && { ...wrong, body: wrong.body.toString('hex') };
}

describe.skipIf(!HAS_OPENSSL)(`openssl${orSkipped(HAS_OPENSSL, 'openssl 3')}`, () => {
  test.each(REQUESTS)('signs a request of $profile as we do, and we accept its signature', (scheme) => {
    const { profile } = scheme;
    const cases = signedByOpenssl(scheme).map(({ secret, message, headers }) => {
      const { keyId, body, timestampMs } = message;
      const signer = { profile, keyId, secretKey: keyOf(profile, secret) };
      const answer = answerToRequest({ headers, body }, delimitedKey(profile, keyId, secret), timestampMs);
      return {
        secret,
        ...message,
        openssl: headers,
        ours: signRequest(signer, requestOf({ body }), message).headers,
        answer,
      };
    });
    expect(cases).toHaveLength(SECRETS_EACH * MESSAGES_EACH);
    expect(findWrong(cases)).toBeUndefined();
  });

  test.each(DELIVERIES)('signs a delivery of $profile as we do, and we accept its signature', (scheme) => {
    const { profile } = scheme;
    const cases = signedByOpenssl(scheme).map(({ secret, message, headers }) => {
      const answer = answerToDelivery(profile, { headers, body: message.body }, secret, message.timestampMs);
      return { secret, ...message, openssl: headers, ours: deliver(profile, message, [secret]), answer };
    });
    expect(cases).toHaveLength(SECRETS_EACH * MESSAGES_EACH);
    expect(findWrong(cases)).toBeUndefined();
  });
});
