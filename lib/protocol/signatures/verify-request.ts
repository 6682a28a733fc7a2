// The verification itself: pure, synchronous, constant-time per signature, the same for known and unknown keys.
import { createSecretKey, generateKeyPairSync, hash, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { ReceivedRequest } from '../http-message.ts';
import { lengthPrefixed } from '../length-prefixed.ts';
import { INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../profiles/profiles.ts';
import type { SignatureAlgorithm, SignatureClaim } from '../profiles/signature-claim.ts';
import { isFresh } from '../profiles/signing-time.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { findFittingKey, fitsAnyKey } from './hmac.ts';

/** What a signature is checked against: HMAC keys of every active secret, or one public key. */
export interface VerificationKey {
  readonly keyId: string;
  readonly profile: InboundProfileId;
  readonly algorithm: SignatureAlgorithm;
  readonly material: readonly KeyObject[];
}

declare const verified: unique symbol;

/** A request whose signature holds. Only `verifyRequest` makes one, so nothing behind it can be called unverified. */
export interface VerifiedRequest<K extends VerificationKey = VerificationKey> {
  readonly [verified]: true;
  readonly request: ReceivedRequest;
  readonly claim: SignatureClaim;
  readonly key: K;
  /** Which of the key's material the signature fits. */
  readonly fittingKey: KeyObject;
  readonly oneTimeValue: OneTimeValue;
}

/** To be claimed once per key before the request changes anything. */
export interface OneTimeValue {
  readonly keyId: string;
  readonly value: string;
  /** Epoch milliseconds. Until then a second claim is a replay. */
  readonly expiresAtMs: number;
}

/**
 * Checks time, then signature. `key` is undefined when nobody has that key id: the same work is done and the same
 * answer given as for a wrong signature. A key of another profile or algorithm, or without an active secret, counts as unknown.
 */
export function verifyRequest<K extends VerificationKey>(
  claim: SignatureClaim,
  key: K | undefined,
  nowMs: number,
): Verdict<VerifiedRequest<K>, 'timestamp_out_of_range' | 'signature_invalid'> {
  const fitting = key && fits(key, claim) ? key : undefined;
  if (!isCurrent(claim, nowMs)) return refuse('timestamp_out_of_range', `${nowMs - claim.timestampMs} ms off`);
  const fittingKey = findSigner(claim, fitting?.material ?? DUMMY[claim.algorithm]);
  if (!fitting) return refuse('signature_invalid', key ? 'the key does not fit the claim' : 'the key is unknown');
  if (!fittingKey) return refuse('signature_invalid', 'no active secret gives this signature');
  if (!claim.bodyAsSigned) return refuse('signature_invalid', 'the body does not have the signed digest');
  const request: Omit<VerifiedRequest<K>, typeof verified> = {
    request: claim.request,
    claim,
    key: fitting,
    fittingKey,
    oneTimeValue: deriveOneTimeValue(claim),
  };
  return accept(request as VerifiedRequest<K>);
}

/** Stands in for the keys of an unknown id. Made anew in each process, and never a reason to accept. */
const DUMMY: Readonly<Record<SignatureAlgorithm, readonly KeyObject[]>> = {
  'hmac-sha256': [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))],
  ed25519: [generateKeyPairSync('ed25519').publicKey],
};

function fits(key: VerificationKey, claim: SignatureClaim): boolean {
  return key.profile === claim.profile && key.algorithm === claim.algorithm && key.material.length > 0;
}

/** True while the signing time is within the profile's tolerance and `expires`, if it is there, is not reached. */
export function isCurrent(claim: SignatureClaim, nowMs: number): boolean {
  const expired = claim.expiresMs !== undefined && nowMs >= claim.expiresMs;
  return !expired && isFresh(PROFILES[claim.profile].clock, claim.timestampMs, nowMs);
}

function findSigner(claim: SignatureClaim, material: readonly KeyObject[]): KeyObject | undefined {
  const { algorithm, signedContent, signatures } = claim;
  if (algorithm === 'hmac-sha256') {
    const found = findFittingKey(signedContent, material, signatures);
    // A refusal costs as many HMACs with one secret, with two in a rotation, and with none: also that of another body.
    if (!found || !claim.bodyAsSigned) fitsAnyKey(signedContent, DUMMY[algorithm].slice(material.length), signatures);
    return found;
  }
  const [found] = material.filter((key) =>
    signatures.map((one) => fitsEd25519(signedContent, key, one)).includes(true),
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

/** What an inbound row may say, each with where the value comes from. */
const ONE_TIME_TEXTS: Readonly<Record<InboundOneTimeValue, (claim: SignatureClaim) => string>> = {
  nonce({ nonce }) {
    if (nonce === undefined) throw new Error('Parsing lets nothing through without the nonce that its profile signs.');
    return nonce;
  },
  /** A hash of what was signed, so that no change of header text looks new. */
  content: hashOf,
};

const PREFIXES = Object.fromEntries(INBOUND_PROFILES.map((id) => [id, lengthPrefixed(id)])) as Record<
  InboundProfileId,
  Buffer
>;

function hashOf(claim: SignatureClaim): string {
  return hash('sha256', Buffer.concat([PREFIXES[claim.profile], claim.signedContent]), 'base64url');
}
