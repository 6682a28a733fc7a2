// Webhooks under any outbound profile: sign a delivery, and verify one as its consumer.
import type { KeyObject } from 'node:crypto';
import type { Headers } from '../http-message.ts';
import { type DelimitedProfile, type OutboundProfileId, PROFILES } from '../profiles/profiles.ts';
import { formatTimestamp, isFresh } from '../profiles/signing-time.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { readDelimited, signDelimited } from './delimited-signature.ts';
import { fitsAnyKey } from './hmac.ts';

export interface WebhookMessage {
  /** Of the event: the same on every attempt. */
  readonly id: string;
  readonly type: string;
  /** When it is sent, epoch milliseconds. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
  /** How the consumer knows us, in profiles whose deliveries name a key. */
  readonly keyId: string;
}

/**
 * The headers of one attempt: the profile's own, and those that every delivery has. `keys` are all that are active,
 * current first: list profiles carry a signature of each; the others are signed by the oldest, which is what the
 * consumer has until it says that it has changed over.
 * @throws Error when a part is not of its grammar, or the time is none.
 */
export function signWebhook(
  profileId: OutboundProfileId,
  message: WebhookMessage,
  keys: readonly [KeyObject, ...KeyObject[]],
): Record<string, string> {
  const profile: DelimitedProfile = PROFILES[profileId];
  const { keyId, ...unnamed } = message;
  const oldest = keys.reduce((_newer, older) => older);
  const { headers } = signDelimited(
    profileId,
    profile.deliveriesNameKey ? message : unnamed,
    profile.several === 'list' ? keys : [oldest],
  );
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': formatTimestamp(PROFILES['standard-webhooks'].clock, message.timestampMs),
    'x-webhook-event': message.type,
    ...headers,
  };
}

/** A delivery whose signature holds. What is not signed is not here: read the event's id and type from the body. */
export interface VerifiedWebhook {
  /** The exact bytes that were signed. */
  readonly body: Uint8Array;
  /** Epoch milliseconds; absent in profiles that sign no time, which anybody can send again for ever. */
  readonly timestampMs?: number | undefined;
  /** Absent in profiles that sign no id. */
  readonly id?: string | undefined;
}

/**
 * Checks form, then time, then signature. `headers` have lower-case names, as Node gives them, and are untrusted;
 * `keys` are the consumer's active secrets.
 */
export function verifyWebhook(
  profileId: OutboundProfileId,
  delivery: { readonly headers: Headers; readonly body: Uint8Array },
  keys: readonly KeyObject[],
  nowMs: number,
): Verdict<
  VerifiedWebhook,
  'request_malformed' | 'signature_missing' | 'timestamp_out_of_range' | 'signature_invalid'
> {
  const profile: DelimitedProfile = PROFILES[profileId];
  const reading = readDelimited(profile, delivery);
  if (!reading.ok) return reading;
  const { id, timestampMs, signatures, signedContent } = reading.value;
  if (profile.clock && timestampMs !== undefined && !isFresh(profile.clock, timestampMs, nowMs))
    return refuse('timestamp_out_of_range', `${nowMs - timestampMs} ms off`);
  return fitsAnyKey(signedContent, keys, signatures)
    ? accept({ body: delivery.body, timestampMs, id })
    : refuse('signature_invalid', 'no active secret gives this signature');
}
