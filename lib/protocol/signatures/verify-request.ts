// Verifies the signature of a request: pure, synchronous, in constant time, and with equal work for unknown keys.
import { createSecretKey, generateKeyPairSync, hash, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { ReceivedRequest } from '../http-message.ts';
import { lengthPrefixed } from '../length-prefixed.ts';
import { INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../profiles/profiles.ts';
import type { SignatureAlgorithm, SignatureClaim } from '../profiles/signature-claim.ts';
import { isFresh } from '../profiles/signing-time.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { findFittingKey, fitsAnyKey } from './hmac.ts';

/** A key to verify with. `material` has the HMAC keys of every active secret, or one public key. */
export interface VerificationKey {
  readonly keyId: string;
  readonly profile: InboundProfileId;
  readonly algorithm: SignatureAlgorithm;
  readonly material: readonly KeyObject[];
}

declare const verified: unique symbol;

/**
 * A request with a valid signature. Only `verifyRequest` can make one, so a function that takes one cannot be called with
 * an unverified request.
 */
export interface VerifiedRequest<K extends VerificationKey = VerificationKey> {
  readonly [verified]: true;
  readonly request: ReceivedRequest;
  readonly claim: SignatureClaim;
  readonly key: K;
  /** The element of the key's material that made the signature. */
  readonly fittingKey: KeyObject;
  readonly oneTimeValue: OneTimeValue;
}

/** The value that is claimed once per key before the request changes anything. */
export interface OneTimeValue {
  readonly keyId: string;
  readonly value: string;
  /** Epoch milliseconds. Until this time a second claim is a replay. */
  readonly expiresAtMs: number;
}

/**
 * Returns the verified request, or refuses it because of its time or, after that, its signature.
 * `key` is undefined when the key id is unknown. Then the work and the problem are those of a wrong signature. A key of
 * another profile or algorithm, or without an active secret, counts as unknown.
 */
export function verifyRequest<K extends VerificationKey>(
  claim: SignatureClaim,
  key: K | undefined,
  nowMs: number,
): Verdict<VerifiedRequest<K>, 'timestamp_out_of_range' | 'signature_invalid'> {
  const fitting = key && fits(key, claim) ? key : undefined;
  if (!isCurrent(claim, nowMs)) return refuse('timestamp_out_of_range', `${nowMs - claim.timestampMs} ms off`);
  const fittingKey = findSigner(claim, fitting?.material ?? DUMMY[claim.algorithm]);
  if (!fitting) return refuse('signature_invalid', key ? NOT_FITTING : 'the key is unknown');
  if (!fittingKey) return refuse('signature_invalid', 'no active secret gives this signature');
  if (!claim.bodyMatchesDigest) return refuse('signature_invalid', 'the digest of the body is not the signed digest');
  const request: Omit<VerifiedRequest<K>, typeof verified> = {
    request: claim.request,
    claim,
    key: fitting,
    fittingKey,
    oneTimeValue: deriveOneTimeValue(claim),
  };
  return accept(request as VerifiedRequest<K>);
}

const NOT_FITTING = 'the key has another profile or algorithm, or no active secret';

/** Keys to work with when the key id is unknown. Each process makes its own, and a match never accepts a request. */
const DUMMY: Readonly<Record<SignatureAlgorithm, readonly KeyObject[]>> = {
  'hmac-sha256': [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))],
  ed25519: [generateKeyPairSync('ed25519').publicKey],
};

function fits(key: VerificationKey, claim: SignatureClaim): boolean {
  return key.profile === claim.profile && key.algorithm === claim.algorithm && key.material.length > 0;
}

/** Returns true when the signing time is within the profile's tolerance and `expires`, if present, is in the future. */
export function isCurrent(claim: SignatureClaim, nowMs: number): boolean {
  const expired = claim.expiresMs !== undefined && nowMs >= claim.expiresMs;
  return !expired && isFresh(PROFILES[claim.profile].clock, claim.timestampMs, nowMs);
}

function findSigner(claim: SignatureClaim, material: readonly KeyObject[]): KeyObject | undefined {
  const { algorithm, signedContent, signatures } = claim;
  if (algorithm === 'hmac-sha256') {
    const found = findFittingKey(signedContent, material, signatures);
    // A refusal always costs the HMACs of two secrets: for an unknown key, for one secret, for two secrets in a rotation,
    // and for a body with another digest.
    if (!found || !claim.bodyMatchesDigest)
      fitsAnyKey(signedContent, DUMMY[algorithm].slice(material.length), signatures);
    return found;
  }
  const [found] = material.filter((key) =>
    signatures.map((signature) => fitsEd25519(signedContent, key, signature)).includes(true),
  );
  return found;
}

function fitsEd25519(content: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, content, key, signature);
}

function deriveOneTimeValue(claim: SignatureClaim): OneTimeValue {
  const { clock, oneTimeValue } = PROFILES[claim.profile];
  return {
    keyId: claim.keyId,
    value: ONE_TIME_TEXTS[oneTimeValue](claim),
    expiresAtMs: claim.timestampMs + 2 * clock.toleranceMs,
  };
}

type InboundOneTimeValue = (typeof PROFILES)[InboundProfileId]['oneTimeValue'];

/** How each kind of one-time value is derived from a claim. */
const ONE_TIME_TEXTS: Readonly<Record<InboundOneTimeValue, (claim: SignatureClaim) => string>> = {
  nonce({ nonce }) {
    if (nonce === undefined) throw new Error('The profile signs a nonce, but the claim has none. Parse it first.');
    return nonce;
  },
  /** A hash of the signed content. Header text is not hashed, or a replay with other header text would look new. */
  content: hashOf,
};

const PREFIXES = Object.fromEntries(INBOUND_PROFILES.map((id) => [id, lengthPrefixed(id)])) as Record<
  InboundProfileId,
  Buffer
>;

function hashOf(claim: SignatureClaim): string {
  return hash('sha256', Buffer.concat([PREFIXES[claim.profile], claim.signedContent]), 'base64url');
}
