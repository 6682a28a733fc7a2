// Signatures over joined parts: HMAC-SHA256 of timestamp, nonce, id and body in a profile's order.
import { createHmac, type KeyObject } from 'node:crypto';
import { ENCODINGS } from './encoding.ts';
import { KEY_ID, NONCE } from './grammar.ts';
import type { ReceivedRequest } from './http-message.ts';
import {
  type InboundProfileId,
  type JoinedProfile,
  type JoinedProfileId,
  PROFILES,
  type SignedPart,
} from './profiles.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { formatTimestamp, parseTimestamp } from './signing-time.ts';
import { accept, refuse, type Verdict } from './verdict.ts';

/** The texts and bytes that a profile may sign. `timestamp` is the text as it stands in the header. */
export type SignedParts = { readonly body: Uint8Array } & {
  readonly [Part in Exclude<SignedPart, 'body'>]?: string | undefined;
};

/** The exact bytes that a joined profile signs. Every part of the row must be there. */
export function buildSignedContent(profile: JoinedProfile, parts: SignedParts): Buffer {
  const pieces = profile.parts.map((name) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`This profile signs the ${name}, which is not given.`);
    return typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
  });
  const separator = Buffer.from(profile.separator);
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [separator, piece])));
}

export interface JoinedMessage {
  /** Epoch milliseconds; cut down to the profile's unit. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
  readonly keyId?: string | undefined;
  readonly id?: string | undefined;
  readonly nonce?: string | undefined;
}

/** The headers to add. `keys` has the current key first; all but the first are used in list profiles only. */
export function signJoined(
  profileId: JoinedProfileId,
  message: JoinedMessage,
  keys: readonly [KeyObject, ...KeyObject[]],
): Record<string, string> {
  const profile: JoinedProfile = PROFILES[profileId];
  const timestamp = formatTimestamp(profile.clock, message.timestampMs);
  const content = buildSignedContent(profile, { ...message, timestamp });
  const used = profile.several === 'list' ? keys : keys.slice(0, 1);
  const signatures = used.map((key) => ENCODINGS[profile.encoding].encode(hmacSha256(key, content)));
  return profile.carriage.write({ ...message, timestamp, signatures });
}

export function hmacSha256(key: KeyObject, content: Uint8Array): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

/** Reads the signature of an untrusted request under an inbound joined profile. */
export function parseJoined(
  profileId: JoinedProfileId & InboundProfileId,
  request: ReceivedRequest,
): Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'> {
  const profile: JoinedProfile = PROFILES[profileId];
  const carried = profile.carriage.read(request.headers);
  if (!carried.ok) return carried;
  const { keyId, nonce, timestamp = '' } = carried.value;
  if (!keyId || !KEY_ID.test(keyId)) return refuse('request_malformed', 'the key id is not of its form');
  if (nonce !== undefined && !NONCE.test(nonce)) return refuse('request_malformed', 'the nonce is not of its form');
  const time = parseTimestamp(profile.clock, timestamp);
  if (!time.ok) return time;
  const signatures = carried.value.signatures.map((text) => ENCODINGS[profile.encoding].decode(text));
  if (!signatures.every((one) => one !== undefined))
    return refuse('request_malformed', `a signature is not ${profile.encoding}`);
  return accept({
    request,
    profile: profileId,
    keyId,
    algorithm: 'hmac-sha256',
    timestampMs: time.value,
    nonce,
    signatures,
    signedContent: buildSignedContent(profile, { ...carried.value, body: request.body }),
    bodyAsSigned: true,
  });
}
