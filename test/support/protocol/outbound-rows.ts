// One row for each way that we sign deliveries: its vectors, made by openssl, and what may and what may not be
// changed in a delivery before its consumer verifies it. A new outbound profile joins the tests by a row here.
import type { KeyObject } from 'node:crypto';
import type { Headers } from '../../../lib/protocol/http-message.ts';
import { type OutboundProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { BODIES, type Changes, editHeader, setHeader, setPart, severalV1, upperCase } from './request-changes.ts';
import { type DelimitedMessage, type DelimitedVector, delimitedVectors } from './vector-messages.ts';

export interface Delivery {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Where it is posted to. No verifier is told. */
  readonly url: string;
  /** When its consumer verifies it. */
  readonly nowMs: number;
}

export interface OutboundRow {
  readonly profile: OutboundProfileId;
  readonly vectors: readonly DelimitedVector[];
  /** The first vector, with what every delivery of ours has besides. */
  readonly example: Delivery;
  readonly keys: readonly KeyObject[];
  readonly covered: Changes<Delivery>;
  readonly uncovered: Changes<Delivery>;
}

export function keysOf(profile: OutboundProfileId, secrets: readonly string[]): KeyObject[] {
  return secrets.map((text) => deriveHmacKey(new Secret(text), PROFILES[profile].keyBytes));
}

export function deliveryOf({ headers, body, nowMs }: DelimitedMessage): Delivery {
  const ofEveryDelivery = {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1800000000',
    'x-webhook-event': 'link.resolved',
  };
  return { headers: { ...ofEveryDelivery, ...headers }, body, url: 'https://consumer.example/hook', nowMs };
}

const HOUR_MS = 3_600_000;

const later =
  (ms: number) =>
  (delivery: Delivery): Delivery => ({ ...delivery, nowMs: delivery.nowMs + ms });

const AN_HOUR_LATER: Changes<Delivery> = { 'the delivery kept, and sent again an hour later': later(HOUR_MS) };

/** No profile protects these. */
const NEVER: Changes<Delivery> = {
  'the URL that it is posted to': setPart({ url: 'https://other.example/hook' }),
  'the content type': setHeader('content-type', 'text/plain'),
  'the header x-webhook-event': setHeader('x-webhook-event', 'link.failed'),
  'a header that nobody signed': setHeader('x-forwarded-for', '203.0.113.9'),
  'the delivery kept, and sent again five minutes later': later(300_000),
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
      'a v1 of somebody else before it': editHeader('daylight-signature', ',v1=', `,v1=${'A'.repeat(43)},v1=`),
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
      'the delivery kept, and sent again ten years later': later(87_660 * HOUR_MS),
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
      'a v1 of somebody else before it': editHeader('webhook-signature', /^/, `v1,${'A'.repeat(43)}= `),
      'a v1 of somebody else after it': editHeader('webhook-signature', /$/, ` v1,${'A'.repeat(43)}=`),
    },
  ),
];
