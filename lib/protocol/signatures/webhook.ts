// Webhooks of any outbound profile: signs a delivery, and verifies one as its consumer does.
import type { KeyObject } from 'node:crypto';
import type { Headers } from '../http-message.ts';
import { type DelimitedProfile, type OutboundProfileId, PROFILES } from '../profiles/profiles.ts';
import { formatTimestamp, isFresh } from '../profiles/signing-time.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { readDelimited, signDelimited } from './delimited-signature.ts';
import { fitsAnyKey } from './hmac.ts';

/** One attempt of a delivery. */
export interface WebhookMessage {
  /** The id of the event. It is the same in every attempt. */
  readonly id: string;
  readonly type: string;
  /** Time of the attempt, in epoch milliseconds. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
  /** The id by which the consumer knows us. Only profiles with `deliveriesNameKey` send it. */
  readonly keyId: string;
}

/**
 * Returns the headers of one attempt: those of the profile, and those of every delivery.
 * `keys` are all active keys, the current one first. List profiles carry one signature for each key. The other profiles
 * are signed with the oldest key, because the consumer uses that one until it confirms the rotation.
 * @throws Error when a part does not match its grammar, or the time is invalid.
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

/** A delivery with a valid signature. It has only signed parts; the id and type of the event are in the body. */
export interface VerifiedWebhook {
  /** The exact bytes that were signed. */
  readonly body: Uint8Array;
  /** Epoch milliseconds. Absent in profiles that sign no time: their deliveries can be replayed without limit. */
  readonly timestampMs?: number | undefined;
  /** Absent in profiles that do not sign the id. */
  readonly id?: string | undefined;
}

/**
 * Returns the verified delivery, or refuses it because of its format, its time or its signature, in this order.
 * The delivery is untrusted. Its header names are in lower case, as Node provides them. `keys` are the consumer's active
 * secrets.
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
