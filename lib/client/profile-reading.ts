// Reads a captured message under every profile: the bytes that each would sign, and whether the signature fits them.
// It reads malformed messages as far as possible.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ENCODINGS } from '../protocol/encoding.ts';
import type { Headers } from '../protocol/http-message.ts';
import {
  type DelimitedProfile,
  type DelimitedProfileId,
  PROFILES,
  type Profile,
  type ProfileId,
} from '../protocol/profiles/profiles.ts';
import type { SignatureAlgorithm } from '../protocol/profiles/signature-claim.ts';
import { deriveUsableKeys } from '../protocol/secret.ts';
import { buildSignedContent, readDelimited, type SignedParts } from '../protocol/signatures/delimited-signature.ts';
import { fitsAnyKey } from '../protocol/signatures/hmac.ts';
import { parseRfc9421 } from '../protocol/signatures/rfc9421.ts';
import { verifyRequest } from '../protocol/signatures/verify-request.ts';

/** A captured message. Header names are in lower case. All of it is untrusted. */
export interface Capture {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The keys that may have made the signature. */
export interface ExplainKeys {
  readonly secrets: readonly string[];
  /** Ed25519 public keys. */
  readonly publicKeys: readonly KeyObject[];
}

/** A captured message, read under one profile. */
export interface ProfileReading {
  readonly profile: ProfileId;
  /** `absent` means that the capture has no signature of this profile. */
  readonly form: 'well_formed' | 'malformed' | 'absent';
  /** Why the relay or a strict consumer would refuse the format or the digest. */
  readonly reason?: string | undefined;
  /** The key id in the message. Deliveries of most profiles have none. */
  readonly keyId?: string | undefined;
  /** The header of the key id, when it is missing. The message is then valid as a delivery, but not as a request. */
  readonly missingKeyHeader?: string | undefined;
  /** Present only when the message is well formed. */
  readonly algorithm?: SignatureAlgorithm | undefined;
  /** The bytes that this profile would sign, when the capture has all their parts. */
  readonly signedContent?: Buffer | undefined;
  /** True when one of the keys made one of the signatures over these bytes. */
  readonly fits: boolean;
  /** Epoch milliseconds. */
  readonly timestampMs?: number | undefined;
  /** Epoch milliseconds. Only `rfc9421` has it. */
  readonly expiresMs?: number | undefined;
}

/** The parts of delimited profiles in any of their headers, and every text that may be a signature. */
export interface LenientReading {
  readonly parts: SignedParts;
  readonly signatures: readonly Buffer[];
}

/** The delimited profiles, each with its id and its row. */
export const DELIMITED_PROFILES = (Object.entries(PROFILES) as [ProfileId, Profile][]).flatMap(([id, row]) =>
  row.form === 'delimited' ? [[id as DelimitedProfileId, row] as const] : [],
);

/** Returns the parts and signatures of a capture, also when their format is wrong. The capture is untrusted. */
export function readLeniently({ headers, body }: Capture): LenientReading {
  const peeks = DELIMITED_PROFILES.filter(([, row]) => row.headerCodec.signatureHeader in headers).map(([, row]) =>
    row.headerCodec.peek(headers),
  );
  const timestamp = peeks.find((peek) => peek.timestamp)?.timestamp ?? headers['webhook-timestamp'];
  const parts = { timestamp, nonce: headers['x-link-peeler-nonce'], id: headers['webhook-id'], body };
  return { parts, signatures: peeks.flatMap((peek) => peek.signatures).flatMap(decodeAny) };
}

function decodeAny(text: string): Buffer[] {
  const bare = text.replace(/^[a-z0-9-]{2,12}[=:]/i, '');
  const hex = ENCODINGS.hex_either_case.decode(bare);
  const bytes = hex ?? Buffer.from(bare, 'base64');
  return bytes.length === 32 ? [bytes] : [];
}

/** Returns the reading of an untrusted capture under one profile. `lenient` comes from `readLeniently`. */
export function readUnder(id: ProfileId, capture: Capture, lenient: LenientReading, keys: ExplainKeys): ProfileReading {
  const profile: Profile = PROFILES[id];
  return profile.form === 'rfc9421'
    ? readMessage(capture, keys)
    : readDelimitedUnder(id, profile, capture, lenient, keys);
}

function readDelimitedUnder(
  id: ProfileId,
  profile: DelimitedProfile,
  capture: Capture,
  { parts, signatures }: LenientReading,
  { secrets }: ExplainKeys,
): ProfileReading {
  const isPresent = isMeant(profile, capture);
  const strict = readDelimited(profile, capture);
  const hasParts = profile.parts.every((name) => parts[name] !== undefined);
  const signedContent = strict.ok
    ? strict.value.signedContent
    : hasParts
      ? buildSignedContent(profile, parts)
      : undefined;
  const candidates = strict.ok ? strict.value.signatures : signatures;
  return {
    profile: id,
    form: strict.ok ? 'well_formed' : isPresent ? 'malformed' : 'absent',
    reason: strict.ok || !isPresent ? undefined : strict.reason,
    keyId: isPresent ? capture.headers[profile.keyIdHeader ?? ''] : undefined,
    algorithm: strict.ok ? 'hmac-sha256' : undefined,
    signedContent,
    fits:
      signedContent !== undefined && fitsAnyKey(signedContent, deriveUsableKeys(profile.keyBytes, secrets), candidates),
    timestampMs: strict.ok ? strict.value.timestampMs : undefined,
  };
}

/**
 * Returns true when the message is meant for this profile. Some profiles share a signature header. Then the message is
 * meant for the profiles under which it is well formed, or else for those of whose headers it has most.
 */
function isMeant(profile: DelimitedProfile, capture: Capture): boolean {
  const { signatureHeader } = profile.headerCodec;
  if (!(signatureHeader in capture.headers)) return false;
  const sharing = DELIMITED_PROFILES.map(([, row]) => row).filter(
    (row) => row.headerCodec.signatureHeader === signatureHeader,
  );
  const wellFormed = sharing.filter((row) => readDelimited(row, capture).ok);
  if (wellFormed.length > 0) return wellFormed.includes(profile);
  const has = (row: DelimitedProfile) => headersOf(row).filter((name) => name in capture.headers).length;
  return sharing.every((row) => has(row) <= has(profile));
}

function headersOf({ headerCodec, keyIdHeader }: DelimitedProfile): string[] {
  return [...Object.keys(headerCodec.write({ signatures: [] })), ...(keyIdHeader ? [keyIdHeader] : [])];
}

/** Returns the capture as a request to the host that it names. */
export function asReceived(capture: Capture) {
  return { ...capture, gatewayAuthority: capture.authority };
}

/** Returns the keys of an algorithm: the public keys, or the secrets as HMAC keys. */
export function materialOf(algorithm: SignatureAlgorithm, { secrets, publicKeys }: ExplainKeys): readonly KeyObject[] {
  return algorithm === 'ed25519' ? publicKeys : secrets.map((text) => createSecretKey(Buffer.from(text, 'utf8')));
}

function readMessage(capture: Capture, keys: ExplainKeys): ProfileReading {
  const profile = 'rfc9421';
  const claim = parseRfc9421(asReceived(capture));
  if (!claim.ok) {
    if (!('signature-input' in capture.headers)) return { profile, form: 'absent', reason: undefined, fits: false };
    return { profile, form: 'malformed', reason: claim.reason, fits: false };
  }
  const { keyId, algorithm, timestampMs, expiresMs, bodyMatchesDigest } = claim.value;
  const key = { keyId, profile, algorithm, material: materialOf(algorithm, keys) } as const;
  const { ok: fits } = verifyRequest({ ...claim.value, expiresMs: undefined }, key, timestampMs);
  const reason = bodyMatchesDigest ? undefined : 'content-digest does not match the body';
  const signedContent = Buffer.from(claim.value.signedContent);
  return { profile, form: 'well_formed', reason, keyId, algorithm, signedContent, fits, timestampMs, expiresMs };
}
