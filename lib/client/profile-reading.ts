// A captured message under every profile: the bytes that each would sign, and which of them the signature fits. Reads badly
// formed messages as far as they go.
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

/** A message as it was captured. Header names are lower case; all of it is untrusted. */
export interface Capture {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What its signature should fit. */
export interface ExplainKeys {
  readonly secrets: readonly string[];
  /** Ed25519. */
  readonly publicKeys: readonly KeyObject[];
}

export interface ProfileReading {
  readonly profile: ProfileId;
  /** `absent`: the capture does not carry this profile's signature. */
  readonly form: 'well_formed' | 'malformed' | 'absent';
  /** What the relay, or a strict consumer, would say of its form or of its digest. */
  readonly reason?: string | undefined;
  /** As the message names it; deliveries of most profiles name none. */
  readonly keyId?: string | undefined;
  /** The header that names the key, where it is not there: this holds as a delivery, and as a request it does not. */
  readonly missingKeyHeader?: string | undefined;
  /** Of a well-formed one. */
  readonly algorithm?: SignatureAlgorithm | undefined;
  /** The bytes that this profile would sign, when the capture has the parts. */
  readonly signedContent?: Buffer | undefined;
  /** True when one of the keys gives one of the signatures over these bytes. */
  readonly fits: boolean;
  /** Epoch milliseconds. */
  readonly timestampMs?: number | undefined;
  /** Epoch milliseconds; only rfc9421 may have one. */
  readonly expiresMs?: number | undefined;
}

/** The parts of joined profiles, wherever they stand, and everything that may be a signature. */
export interface Loose {
  readonly parts: SignedParts;
  readonly signatures: readonly Buffer[];
}

export const JOINED = (Object.entries(PROFILES) as [ProfileId, Profile][]).flatMap(([id, row]) =>
  row.form === 'delimited' ? [[id as DelimitedProfileId, row] as const] : [],
);

export function readLoosely({ headers, body }: Capture): Loose {
  const peeks = JOINED.filter(([, row]) => row.headerCodec.signatureHeader in headers).map(([, row]) =>
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

export function readUnder(id: ProfileId, capture: Capture, loose: Loose, keys: ExplainKeys): ProfileReading {
  const profile: Profile = PROFILES[id];
  return profile.form === 'rfc9421'
    ? readMessage(capture, keys)
    : readDelimitedUnder(id, profile, capture, loose, keys);
}

function readDelimitedUnder(
  id: ProfileId,
  profile: DelimitedProfile,
  capture: Capture,
  { parts, signatures }: Loose,
  { secrets }: ExplainKeys,
): ProfileReading {
  const isThere = isMeant(profile, capture);
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
    form: strict.ok ? 'well_formed' : isThere ? 'malformed' : 'absent',
    reason: strict.ok || !isThere ? undefined : strict.reason,
    keyId: isThere ? capture.headers[profile.keyIdHeader ?? ''] : undefined,
    algorithm: strict.ok ? 'hmac-sha256' : undefined,
    signedContent,
    fits:
      signedContent !== undefined && fitsAnyKey(signedContent, deriveUsableKeys(profile.keyBytes, secrets), candidates),
    timestampMs: strict.ok ? strict.value.timestampMs : undefined,
  };
}

/** Some profiles share the header of the signature: a message is for the one it reads as, else the one it has most of. */
function isMeant(profile: DelimitedProfile, capture: Capture): boolean {
  const { signatureHeader } = profile.headerCodec;
  if (!(signatureHeader in capture.headers)) return false;
  const rivals = JOINED.map(([, row]) => row).filter((row) => row.headerCodec.signatureHeader === signatureHeader);
  const whole = rivals.filter((row) => readDelimited(row, capture).ok);
  if (whole.length > 0) return whole.includes(profile);
  const has = (row: DelimitedProfile) => headersOf(row).filter((name) => name in capture.headers).length;
  return rivals.every((row) => has(row) <= has(profile));
}

function headersOf({ headerCodec, keyIdHeader }: DelimitedProfile): string[] {
  return [...Object.keys(headerCodec.write({ signatures: [] })), ...(keyIdHeader ? [keyIdHeader] : [])];
}

export function asReceived(capture: Capture) {
  return { ...capture, gatewayAuthority: capture.authority };
}

export function materialOf(algorithm: SignatureAlgorithm, { secrets, publicKeys }: ExplainKeys): readonly KeyObject[] {
  return algorithm === 'ed25519' ? publicKeys : secrets.map((text) => createSecretKey(Buffer.from(text, 'utf8')));
}

function readMessage(capture: Capture, keys: ExplainKeys): ProfileReading {
  const profile = 'rfc9421';
  const claim = parseRfc9421(asReceived(capture));
  if (!claim.ok) {
    const isThere = 'signature-input' in capture.headers;
    return { profile, form: isThere ? 'malformed' : 'absent', reason: isThere ? claim.reason : undefined, fits: false };
  }
  const { keyId, algorithm, timestampMs, expiresMs, bodyMatchesDigest } = claim.value;
  const key = { keyId, profile, algorithm, material: materialOf(algorithm, keys) } as const;
  const { ok: fits } = verifyRequest({ ...claim.value, expiresMs: undefined }, key, timestampMs);
  const reason = bodyMatchesDigest ? undefined : 'content-digest is of another body';
  const signedContent = Buffer.from(claim.value.signedContent);
  return { profile, form: 'well_formed', reason, keyId, algorithm, signedContent, fits, timestampMs, expiresMs };
}
