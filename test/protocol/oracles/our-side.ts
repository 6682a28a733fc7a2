// Our side of each comparison: what the relay, a partner and a consumer with our code say to a message.
import type { KeyObject } from 'node:crypto';
import type { Headers, ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import {
  type DelimitedProfileId,
  type InboundProfileId,
  type OutboundProfileId,
  PROFILES,
} from '../../../lib/protocol/profiles/profiles.ts';
import { deriveHmacKey, Secret } from '../../../lib/protocol/secret.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { type VerificationKey, verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { signWebhook, verifyWebhook, type WebhookMessage } from '../../../lib/protocol/signatures/webhook.ts';
import { requestOf } from '../../support/protocol/claims.ts';

export interface Signed {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** `accepted`, or the problem that is answered. */
type Answer = 'accepted' | string;

export function keyOf(profile: DelimitedProfileId, secret: string): KeyObject {
  return deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes);
}

/** What the relay's door says to a request of the one key that it knows. */
export function answerToRequest(
  signed: Signed & Partial<ReceivedRequest>,
  key: VerificationKey,
  nowMs: number,
): Answer {
  const claim = parseSignedRequest(requestOf(signed));
  const verdict = claim.ok ? verifyRequest(claim.value, key, nowMs) : claim;
  return verdict.ok ? 'accepted' : verdict.problem;
}

export function delimitedKey(
  profile: InboundProfileId & DelimitedProfileId,
  keyId: string,
  secret: string,
): VerificationKey {
  return { keyId, profile, algorithm: 'hmac-sha256', material: [keyOf(profile, secret)] };
}

/** The headers of a delivery; the current secret comes first. */
export function deliver(
  profile: OutboundProfileId,
  message: WebhookMessage,
  secrets: readonly [string, ...string[]],
): Record<string, string> {
  const [current, ...older] = secrets;
  return signWebhook(profile, message, [keyOf(profile, current), ...older.map((secret) => keyOf(profile, secret))]);
}

/** What a consumer with our code says to a delivery. */
export function answerToDelivery(profile: OutboundProfileId, signed: Signed, secret: string, nowMs: number): Answer {
  const verdict = verifyWebhook(profile, signed, [keyOf(profile, secret)], nowMs);
  return verdict.ok ? 'accepted' : verdict.problem;
}
