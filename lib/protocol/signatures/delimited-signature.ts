// Delimited signatures: HMAC-SHA256 over timestamp, nonce, id and body, in a profile's order.
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

/** The texts and bytes that a profile may sign. `timestamp` is the text of the header. */
export type SignedParts = { readonly body: Uint8Array } & {
  readonly [Part in Exclude<SignedPart, 'body'>]?: string | undefined;
};

/**
 * Returns the exact bytes that a delimited profile signs.
 * @throws Error when `parts` lacks a part that the profile signs.
 */
export function buildSignedContent(profile: DelimitedProfile, parts: SignedParts): Buffer {
  let before = '';
  for (const name of profile.parts) {
    if (name === 'body') return Buffer.concat([Buffer.from(before), parts.body]);
    const text = parts[name];
    if (text === undefined) throw new Error(`This profile signs the ${name}, but the message has none.`);
    before += text + profile.separator;
  }
  throw new Error('A profile must sign the body as its last part.');
}

/** What `signDelimited` signs. */
export interface DelimitedMessage {
  /** Epoch milliseconds, rounded down to the profile's unit. */
  readonly timestampMs: number;
  readonly body: Uint8Array;
  readonly keyId?: string | undefined;
  readonly id?: string | undefined;
  readonly nonce?: string | undefined;
}

const GRAMMARS = { keyId: KEY_ID, id: MESSAGE_ID, nonce: NONCE } as const;

/**
 * Returns the headers to add and the signed content. List profiles get one signature for each key, in the order of
 * `keys`; the other profiles are signed with the first key only.
 * @throws Error when the message lacks a part that the profile signs, or when a part does not match its grammar.
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

/** Every message of a profile with a clock has a time. */
type TimeOf<P extends DelimitedProfile> = P extends { readonly clock: SigningClock } ? number : number | undefined;

/** What the headers of an untrusted message say, and the bytes that its signatures must cover. */
interface DelimitedReading<P extends DelimitedProfile> {
  readonly id?: string | undefined;
  readonly nonce?: string | undefined;
  /** Epoch milliseconds. */
  readonly timestampMs: TimeOf<P>;
  readonly signatures: readonly Uint8Array[];
  readonly signedContent: Buffer;
}

/** Reads the signatures of an untrusted request or delivery. Nothing is verified yet. */
export function readDelimited<P extends DelimitedProfile>(
  profile: P,
  { headers, body }: { readonly headers: Headers; readonly body: Uint8Array },
): Verdict<DelimitedReading<P>, 'request_malformed' | 'signature_missing'> {
  const texts = profile.headerCodec.read(headers);
  if (!texts.ok) return texts;
  const { id, nonce, timestamp } = texts.value;
  if (id !== undefined && !MESSAGE_ID.test(id)) return refuse('request_malformed', 'the id is malformed');
  if (nonce !== undefined && !NONCE.test(nonce)) return refuse('request_malformed', 'the nonce is malformed');
  const time = readTime(profile, timestamp);
  if (!time.ok) return time;
  const signatures = texts.value.signatures.map((text) => ENCODINGS[profile.encoding].decode(text));
  if (!signatures.every((signature) => signature?.length === 32))
    return refuse('request_malformed', `a signature is not 32 bytes in ${ENCODINGS[profile.encoding].description}`);
  const signedContent = buildSignedContent(profile, { id, nonce, timestamp, body });
  return accept({ id, nonce, timestampMs: time.value, signatures: signatures as Buffer[], signedContent });
}

function readTime<P extends DelimitedProfile>(profile: P, text = ''): Verdict<TimeOf<P>, 'request_malformed'> {
  const time = profile.clock ? parseTimestamp(profile.clock, text) : accept(undefined);
  return time as Verdict<TimeOf<P>, 'request_malformed'>;
}

/** Reads the signature of an untrusted request of an inbound delimited profile. Nothing is verified yet. */
export function parseDelimited(
  profileId: DelimitedProfileId & InboundProfileId,
  request: ReceivedRequest,
): Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'> {
  const profile = PROFILES[profileId];
  const keyId = readSingleHeader(request.headers, profile.keyIdHeader);
  if (!keyId.ok) return keyId;
  if (!KEY_ID.test(keyId.value)) return refuse('request_malformed', 'the key id is malformed');
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
    bodyMatchesDigest: true,
  });
}
