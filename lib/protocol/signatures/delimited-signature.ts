// Signatures over joined parts: HMAC-SHA256 of timestamp, nonce, id and body in a profile's order.
import type { KeyObject } from 'node:crypto';
import { ENCODINGS } from '../encoding.ts';
import { KEY_ID, MESSAGE_ID, NONCE } from '../grammar.ts';
import { readSingleHeader } from '../headers/header-codec.ts';
import type { Headers, ReceivedRequest, SignedHeaders } from '../http-message.ts';
import {
  type DelimitedProfile,
  type DelimitedProfileId,
  type InboundProfileId,
  PROFILES,
  type SignedPart,
} from '../profiles/profiles.ts';
import type { SignatureClaim } from '../profiles/signature-claim.ts';
import { formatTimestamp, parseTimestamp, type SigningClock } from '../profiles/signing-time.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { hmacSha256 } from './hmac.ts';

/** The texts and bytes that a profile may sign. `timestamp` is the text as it stands in the header. */
export type SignedParts = { readonly body: Uint8Array } & {
  readonly [Part in Exclude<SignedPart, 'body'>]?: string | undefined;
};

/** The exact bytes that a joined profile signs. @throws Error when a part of the row is not given. */
export function buildSignedContent(profile: DelimitedProfile, parts: SignedParts): Buffer {
  let before = '';
  for (const name of profile.parts) {
    if (name === 'body') return Buffer.concat([Buffer.from(before), parts.body]);
    const text = parts[name];
    if (text === undefined) throw new Error(`This profile signs the ${name}, which is not given.`);
    before += text + profile.separator;
  }
  throw new Error('A profile signs the body, and it comes last.');
}

export interface DelimitedMessage {
  /** Epoch milliseconds; cut down to the profile's unit. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
  readonly keyId?: string | undefined;
  readonly id?: string | undefined;
  readonly nonce?: string | undefined;
}

const GRAMMARS = { keyId: KEY_ID, id: MESSAGE_ID, nonce: NONCE } as const;

/**
 * The headers to add. In list profiles each key gives a signature, in the order given; in the others only the first.
 * @throws Error when a part that the profile signs is not given, or could not be told from its neighbours.
 */
export function signDelimited(
  profileId: DelimitedProfileId,
  message: DelimitedMessage,
  keys: readonly [KeyObject, ...KeyObject[]],
): SignedHeaders {
  for (const [part, grammar] of Object.entries(GRAMMARS)) {
    const text = message[part as keyof typeof GRAMMARS];
    if (text !== undefined && !grammar.test(text)) throw new Error(`The ${part} must match ${grammar.source}.`);
  }
  const profile: DelimitedProfile = PROFILES[profileId];
  const timestamp = profile.clock && formatTimestamp(profile.clock, message.timestampMs);
  const signedContent = buildSignedContent(profile, { ...message, timestamp });
  const used = profile.several === 'list' ? keys : keys.slice(0, 1);
  const signatures = used.map((key) => ENCODINGS[profile.encoding].encode(hmacSha256(key, signedContent)));
  const { keyIdHeader } = profile;
  const named = keyIdHeader && message.keyId !== undefined ? { [keyIdHeader]: message.keyId } : {};
  return { headers: { ...named, ...profile.headerCodec.write({ ...message, timestamp, signatures }) }, signedContent };
}

/** Every profile with a clock reads a time. */
type TimeOf<P extends DelimitedProfile> = P extends { readonly clock: SigningClock } ? number : number | undefined;

/** What the headers of an untrusted message say, and the bytes that they must have been signed over. */
interface DelimitedReading<P extends DelimitedProfile> {
  readonly id?: string | undefined;
  readonly nonce?: string | undefined;
  /** Epoch milliseconds. */
  readonly timestampMs: TimeOf<P>;
  readonly signatures: readonly Uint8Array[];
  readonly signedContent: Buffer;
}

/** Reads the signature of an untrusted request or delivery. */
export function readDelimited<P extends DelimitedProfile>(
  profile: P,
  { headers, body }: { readonly headers: Headers; readonly body: Uint8Array },
): Verdict<DelimitedReading<P>, 'request_malformed' | 'signature_missing'> {
  const carried = profile.headerCodec.read(headers);
  if (!carried.ok) return carried;
  const { id, nonce, timestamp } = carried.value;
  if (id !== undefined && !MESSAGE_ID.test(id)) return refuse('request_malformed', 'the id is not of its form');
  if (nonce !== undefined && !NONCE.test(nonce)) return refuse('request_malformed', 'the nonce is not of its form');
  const time = readTime(profile, timestamp);
  if (!time.ok) return time;
  const signatures = carried.value.signatures.map((text) => ENCODINGS[profile.encoding].decode(text));
  if (!signatures.every((one) => one?.length === 32))
    return refuse('request_malformed', `a signature is not 32 bytes in ${ENCODINGS[profile.encoding].description}`);
  const signedContent = buildSignedContent(profile, { id, nonce, timestamp, body });
  return accept({ id, nonce, timestampMs: time.value, signatures: signatures as Buffer[], signedContent });
}

function readTime<P extends DelimitedProfile>(profile: P, text = ''): Verdict<TimeOf<P>, 'request_malformed'> {
  const time = profile.clock ? parseTimestamp(profile.clock, text) : accept(undefined);
  return time as Verdict<TimeOf<P>, 'request_malformed'>;
}

/** Reads the signature of an untrusted request under an inbound joined profile. */
export function parseDelimited(
  profileId: DelimitedProfileId & InboundProfileId,
  request: ReceivedRequest,
): Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'> {
  const profile = PROFILES[profileId];
  const keyId = readSingleHeader(request.headers, profile.keyIdHeader);
  if (!keyId.ok) return keyId;
  if (!KEY_ID.test(keyId.value)) return refuse('request_malformed', 'the key id is not of its form');
  const reading = readDelimited(profile, request);
  if (!reading.ok) return reading;
  const { nonce, timestampMs, signatures, signedContent } = reading.value;
  return accept({
    request,
    profile: profileId,
    keyId: keyId.value,
    algorithm: 'hmac-sha256',
    timestampMs,
    nonce,
    signatures,
    signedContent,
    bodyAsSigned: true,
  });
}
