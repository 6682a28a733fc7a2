// Webhooks for their consumer: verifies deliveries, and signs one for a test of the consumer's handler.
import { type KeyObject, randomBytes } from 'node:crypto';
import { encodeBase32 } from '../protocol/base32.ts';
import type { EventType } from '../protocol/messages.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId, PROFILES } from '../protocol/profiles/profiles.ts';
import { deriveHmacKey, requireTrimmed, Secret } from '../protocol/secret.ts';
import { signWebhook, verifyWebhook } from '../protocol/signatures/webhook.ts';
import { parseEvent, type RelayEvent } from './relay-event.ts';
import { sampleData } from './sample-event.ts';

/** `Headers`, a list of pairs, or a record. A record may have a list of values. Names may be in any case. */
export type DeliveryHeaders =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A received delivery, and the secret to verify it with. Headers and body are untrusted. */
export interface DeliveryToVerify {
  readonly profile: OutboundProfileId;
  /** The endpoint's secret. During a rotation, a list of the old one and the new one. */
  readonly secret: string | readonly string[];
  readonly headers: DeliveryHeaders;
  /** The bytes as received. The signature does not fit JSON that was parsed and serialized again. */
  readonly body: Uint8Array | ArrayBuffer | string;
  /** Epoch milliseconds. @default now */
  readonly nowMs?: number | undefined;
}

/** Why a delivery was refused. */
export type DeliveryFault = 'request_malformed' | 'signature_missing' | 'timestamp_out_of_range' | 'signature_invalid';

/** The error of a delivery that is not genuine, not fresh, or has no event. Answer it with 401, and do nothing else. */
export class DeliveryRefused extends Error {
  readonly code: DeliveryFault;

  constructor(code: DeliveryFault, reason: string) {
    super(`${code}: ${reason}`);
    this.name = 'DeliveryRefused';
    this.code = code;
  }
}

/**
 * Returns the event of a genuine delivery.
 * Deliveries come at least once and in any order, so record the `id`s that you have handled. A genuine body that is not
 * an event is refused as `request_malformed`; it means that another program has your secret.
 * @throws DeliveryRefused when the delivery is refused. It throws any other Error for a mistake in the calling code: an
 * unknown profile, an invalid secret, or a body that is not bytes.
 */
export function verifyDelivery(delivery: DeliveryToVerify): RelayEvent {
  const { profile, secret, headers, nowMs = Date.now() } = delivery;
  const keys = keysOf(profile, secret);
  const body = bytesOf(delivery.body);
  const verdict = verifyWebhook(profile, { headers: lowerCased(headers), body }, keys, nowMs);
  if (!verdict.ok) throw new DeliveryRefused(verdict.problem, verdict.reason);
  const event = parseEvent(body);
  if (!event) throw new DeliveryRefused('request_malformed', 'the signature is valid, but the body is not an event');
  return event;
}

/** The delivery that `signTestDelivery` makes. */
export interface TestDelivery {
  readonly profile: OutboundProfileId;
  /** The endpoint's secret. As in a rotation, a list has the current one first. */
  readonly secret: string | readonly string[];
  /**
   * The event in the body. Without `data`, a `link.…` event gets an invented job and a `quota.warning` an invented quota.
   * @default an `endpoint.test` event
   */
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
 * Returns headers and body of a delivery as the relay would send it, so that you can test your own handler.
 * @throws Error when the profile, a secret or the event's id is invalid.
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
    throw new Error(`Unknown profile ${profile}. Use one of: ${OUTBOUND_PROFILES.join(', ')}.`);
  const [first, ...others] = [secret].flat().map((text) => keyOf(profile, text));
  if (!first) throw new Error('Give at least one secret.');
  return [first, ...others];
}

function keyOf(profile: OutboundProfileId, secret: string): KeyObject {
  if (typeof secret !== 'string' || secret === '') throw new Error('The secret is empty or missing.');
  requireTrimmed(secret);
  return deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes);
}

/** Returns the bytes of the body. Its error names the most common mistake: a framework parsed the body before. */
function bytesOf(body: Uint8Array | ArrayBuffer | string): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return Buffer.from(body);
  throw new Error('The body must be the bytes as received. Read them before any parser does.');
}

/** Returns the headers by lower-case name. It joins a repeated header with commas, as gateways do. */
function lowerCased(headers: DeliveryHeaders): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) throw new Error('Give the headers that came with the body.');
  const entries = isIterable(headers) ? [...headers] : Object.entries(headers);
  const joined = new Map<string, string>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    const texts = [joined.get(key) ?? [], value ?? []].flat();
    if (texts.length > 0) joined.set(key, texts.join(','));
  }
  return Object.fromEntries(joined);
}

/** Returns true for an iterable. It checks no class, because libraries have `Headers` classes of their own. */
function isIterable(headers: DeliveryHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}
