// One row for each outbound profile: its vectors, which openssl made, and which parts of a delivery its signature covers.
// A new outbound profile needs a row here, and then all tests cover it.
import type { KeyObject } from 'node:crypto';
import type { Headers } from '../../../lib/protocol/http-message.ts';
import { type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { BODIES, type Changes, editHeader, setHeader, setPart, severalV1, upperCase } from './request-changes.ts';
import { type DelimitedMessage, type DelimitedVector, delimitedVectors } from './vector-messages.ts';

/** A delivery that a consumer verifies. */
export interface Delivery {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The URL to which it is sent. Verifiers do not know it. */
  readonly url: string;
  /** The time of verification. */
  readonly nowMs: number;
}

/** What the tests need to know about one outbound profile. */
export interface OutboundRow {
  readonly profile: OutboundProfileId;
  readonly vectors: readonly DelimitedVector[];
  /** The first vector, with the headers of every delivery. */
  readonly example: Delivery;
  readonly keys: readonly KeyObject[];
  readonly covered: Changes<Delivery>;
  readonly uncovered: Changes<Delivery>;
}

/** Returns the HMAC keys of secrets under a profile. */
export function keysOf(profile: OutboundProfileId, secrets: readonly string[]): KeyObject[] {
  return secrets.map((text) => deriveHmacKey(new Secret(text), PROFILES[profile].keyBytes));
}

/** Returns a message as a delivery, with the headers of every delivery. */
export function deliveryOf({ headers, body, nowMs }: DelimitedMessage): Delivery {
  const commonHeaders = {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1800000000',
    'x-webhook-event': 'link.resolved',
  };
  return { headers: { ...commonHeaders, ...headers }, body, url: 'https://consumer.example/hook', nowMs };
}

const HOUR_MS = 3_600_000;

const later =
  (ms: number) =>
  (delivery: Delivery): Delivery => ({ ...delivery, nowMs: delivery.nowMs + ms });

const AN_HOUR_LATER: Changes<Delivery> = { 'a replay an hour later': later(HOUR_MS) };

/** Parts that no profile protects. */
const NEVER: Changes<Delivery> = {
  'the URL to which it is sent': setPart({ url: 'https://other.example/hook' }),
  'the content type': setHeader('content-type', 'text/plain'),
  'the header x-webhook-event': setHeader('x-webhook-event', 'link.failed'),
  'an unsigned header': setHeader('x-forwarded-for', '203.0.113.9'),
  'a replay five minutes later': later(300_000),
};
const ID: Changes<Delivery> = { 'the header webhook-id': setHeader('webhook-id', 'evt_2') };
const TIME: Changes<Delivery> = { 'the header webhook-timestamp': setHeader('webhook-timestamp', '1800000001') };

function row(profile: OutboundProfileId, covered: Changes<Delivery>, uncovered: Changes<Delivery>): OutboundRow {
  const vectors = delimitedVectors(profile);
  const [first] = vectors;
  if (!first) throw new Error(`${profile} has no vectors`);
  return {
    profile,
    vectors,
    example: deliveryOf(first.input),
    keys: keysOf(profile, first.input.active),
    covered: { ...BODIES, ...covered },
    uncovered: { ...NEVER, ...uncovered },
  };
}

export const OUTBOUND_ROWS: readonly OutboundRow[] = [
  row(
    'vouchersx',
    { ...AN_HOUR_LATER, 'the time': editHeader('x-signature', 't=1800000000', 't=1800000001') },
    {
      ...ID,
      ...TIME,
      'the header x-partner-slug': setHeader('x-partner-slug', 'partner-2'),
      ...severalV1('x-signature'),
    },
  ),
  row(
    'daylight',
    {
      ...AN_HOUR_LATER,
      'the time': editHeader('daylight-signature', 't=1800000000', 't=1800000001'),
      'another v1 before it': editHeader('daylight-signature', ',v1=', `,v1=${'A'.repeat(43)},v1=`),
    },
    { ...ID, ...TIME },
  ),
  row(
    'nitro',
    {
      ...AN_HOUR_LATER,
      'the time, by a millisecond': setHeader('x-timestamp', '1800000000124'),
      'the case of the hex': upperCase('x-signature'),
    },
    { ...ID, ...TIME },
  ),
  row(
    'tolinku',
    { 'the case of the hex': upperCase('x-webhook-signature') },
    {
      ...ID,
      ...TIME,
      ...AN_HOUR_LATER,
      'a replay ten years later': later(87_660 * HOUR_MS),
    },
  ),
  row(
    'standard-webhooks',
    {
      ...AN_HOUR_LATER,
      'the id': setHeader('webhook-id', 'evt_2'),
      'the time': setHeader('webhook-timestamp', '1800000001'),
      'the version': editHeader('webhook-signature', 'v1,', 'v2,'),
    },
    {
      'another v1 before it': editHeader('webhook-signature', /^/, `v1,${'A'.repeat(43)}= `),
      'another v1 after it': editHeader('webhook-signature', /$/, ` v1,${'A'.repeat(43)}=`),
    },
  ),
];
