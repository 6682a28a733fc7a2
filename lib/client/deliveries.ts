// Webhooks as their consumer sees them: verify what came, and sign one to test a handler with.
import { type KeyObject, randomBytes } from 'node:crypto';
import { encodeBase32 } from '../protocol/base32.ts';
import type { EventType } from '../protocol/messages.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId, PROFILES } from '../protocol/profiles/profiles.ts';
import { deriveHmacKey, requireTrimmed, Secret } from '../protocol/secret.ts';
import { signWebhook, verifyWebhook } from '../protocol/signatures/webhook.ts';
import { parseEvent, type RelayEvent } from './relay-event.ts';
import { sampleData } from './sample-event.ts';

/** `Headers` or a list of pairs, or a record with a header that came several times as a list. Names in any case. */
export type DeliveryHeaders =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface DeliveryToVerify {
  readonly profile: OutboundProfileId;
  /** The endpoint's secret; during a rotation the old one and the new one. */
  readonly secret: string | readonly string[];
  readonly headers: DeliveryHeaders;
  /** The bytes as they came. Text that was parsed and written anew does not fit. */
  readonly body: Uint8Array | ArrayBuffer | string;
  /** Epoch milliseconds. @default now */
  readonly nowMs?: number | undefined;
}

export type DeliveryFault = 'request_malformed' | 'signature_missing' | 'timestamp_out_of_range' | 'signature_invalid';

/** The delivery is not genuine, not fresh, or holds no event. Answer it 401 and do nothing else. */
export class DeliveryRefused extends Error {
  readonly code: DeliveryFault;

  constructor(code: DeliveryFault, reason: string) {
    super(`${code}: ${reason}`);
    this.name = 'DeliveryRefused';
    this.code = code;
  }
}

/**
 * The event of a genuine delivery. Deliveries come at least once and in no order: keep the `id`s that you have seen.
 * A body that is genuine and yet no event (another program has your secret) is refused as `request_malformed`.
 * @throws DeliveryRefused for what came; Error when the profile, a secret or the kind of body is none: your own code.
 */
export function verifyDelivery(delivery: DeliveryToVerify): RelayEvent {
  const { profile, secret, headers, nowMs = Date.now() } = delivery;
  const keys = keysOf(profile, secret);
  const body = bytesOf(delivery.body);
  const verdict = verifyWebhook(profile, { headers: lowerCased(headers), body }, keys, nowMs);
  if (!verdict.ok) throw new DeliveryRefused(verdict.problem, verdict.reason);
  const event = parseEvent(body);
  if (!event) throw new DeliveryRefused('request_malformed', 'the signature holds, but the body is no event');
  return event;
}

export interface TestDelivery {
  readonly profile: OutboundProfileId;
  /** Several as in a rotation: the current one first. */
  readonly secret: string | readonly string[];
  /** What stands in the body; a `link.…` type brings a made-up job and `quota.warning` a quota, unless you give `data`. @default an `endpoint.test` */
  readonly event?: {
    readonly id?: string;
    readonly type?: EventType;
    readonly timestamp?: string;
    readonly data?: object;
  };
  /** Epoch milliseconds. @default now */
  readonly nowMs?: number | undefined;
}

/**
 * Headers and body of a delivery as the relay would send it, to test your own handler with.
 * @throws Error when the profile, a secret or the event's id is not of its form.
 */
export function signTestDelivery({ profile, secret, event, nowMs = Date.now() }: TestDelivery): {
  readonly headers: Record<string, string>;
  readonly body: string;
} {
  const keys = keysOf(profile, secret);
  const { id = `evt_${encodeBase32(randomBytes(20))}`, type = 'endpoint.test' } = event ?? {};
  const { timestamp = new Date(nowMs).toISOString(), data = sampleData(type, nowMs) } = event ?? {};
  const body = JSON.stringify({ id, type, timestamp, data });
  const message = { id, type, timestampMs: nowMs, body: Buffer.from(body), keyId: 'test' };
  return { headers: { 'user-agent': 'Signet-Relay/1', ...signWebhook(profile, message, keys) }, body };
}

function keysOf(profile: OutboundProfileId, secret: string | readonly string[]): [KeyObject, ...KeyObject[]] {
  if (!OUTBOUND_PROFILES.includes(profile))
    throw new Error(`Unknown profile ${profile}. There are: ${OUTBOUND_PROFILES.join(', ')}.`);
  const [first, ...others] = [secret].flat().map((text) => keyOf(profile, text));
  if (!first) throw new Error('There is no secret.');
  return [first, ...others];
}

function keyOf(profile: OutboundProfileId, secret: string): KeyObject {
  if (typeof secret !== 'string' || secret === '') throw new Error('The secret is empty or missing.');
  requireTrimmed(secret);
  return deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes);
}

/** A framework that parsed the body on the way is the commonest mistake: say so, instead of a signature that does not fit. */
function bytesOf(body: Uint8Array | ArrayBuffer | string): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return Buffer.from(body);
  throw new Error('The body must be the bytes as they came: take it before any parser does.');
}

/** A header that came twice, in whatever case, is joined by commas as gateways do, and refused where no list is meant. */
function lowerCased(headers: DeliveryHeaders): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) throw new Error('Give the headers as they came with the body.');
  const entries = isIterable(headers) ? [...headers] : Object.entries(headers);
  const joined = new Map<string, string>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    const texts = [joined.get(key) ?? [], value ?? []].flat();
    if (texts.length > 0) joined.set(key, texts.join(','));
  }
  return Object.fromEntries(joined);
}

/** Asked of the form, not of a class: there are other `Headers` than this runtime's own. */
function isIterable(headers: DeliveryHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}
