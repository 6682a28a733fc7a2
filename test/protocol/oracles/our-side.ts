// Our side of each comparison: the answers of the relay, of a partner and of a consumer with our code.
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

/** A signed message. */
export interface Signed {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** `accepted`, or the problem of the refusal. */
type Answer = 'accepted' | string;

/** Returns the HMAC key of a secret under a profile. */
export function keyOf(profile: DelimitedProfileId, secret: string): KeyObject {
  return deriveHmacKey(new Secret(secret), PROFILES[profile].keyBytes);
}

/** Returns the relay's answer to a request. The relay knows only this key. */
export function answerToRequest(
  signed: Signed & Partial<ReceivedRequest>,
  key: VerificationKey,
  nowMs: number,
): Answer {
  const claim = parseSignedRequest(requestOf(signed));
  const verdict = claim.ok ? verifyRequest(claim.value, key, nowMs) : claim;
  return verdict.ok ? 'accepted' : verdict.problem;
}

/** Returns the verification key of a secret under a delimited profile. */
export function delimitedKey(
  profile: InboundProfileId & DelimitedProfileId,
  keyId: string,
  secret: string,
): VerificationKey {
  return { keyId, profile, algorithm: 'hmac-sha256', material: [keyOf(profile, secret)] };
}

/** Returns the headers of a delivery. The current secret comes first. */
export function deliver(
  profile: OutboundProfileId,
  message: WebhookMessage,
  secrets: readonly [string, ...string[]],
): Record<string, string> {
  const [current, ...older] = secrets;
  return signWebhook(profile, message, [keyOf(profile, current), ...older.map((secret) => keyOf(profile, secret))]);
}

/** Returns the answer of a consumer with our code to a delivery. */
export function answerToDelivery(profile: OutboundProfileId, signed: Signed, secret: string, nowMs: number): Answer {
  const verdict = verifyWebhook(profile, signed, [keyOf(profile, secret)], nowMs);
  return verdict.ok ? 'accepted' : verdict.problem;
}
