// Signs messages of delimited schemes independently of lib/protocol, with the HMAC of node:crypto.
// Nothing here uses the table of profiles, so that the tests do not compare the table with itself.
import { createHmac, createSecretKey } from 'node:crypto';
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import type { DelimitedProfileId } from '../../../../lib/protocol/profiles/profiles.ts';
import { requestOf } from '../../../support/protocol/claims.ts';
import { clockText } from '../edits/clock-texts.ts';
import { encode, type SignatureEncoding } from '../edits/signature-texts.ts';
import { type BadPart, distinct, type Mutant, type Subject } from '../mutant.ts';

/** The parts of a message. */
export interface Parts {
  readonly keyId: string;
  readonly id: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: Buffer;
}

/** How a scheme signs, and its secret. */
export interface Scheme {
  readonly profile: DelimitedProfileId;
  readonly unit: 's' | 'ms';
  /** The signed parts before the body, in order. */
  readonly before: readonly ('id' | 'timestamp' | 'nonce')[];
  readonly separator: string;
  readonly encoding: SignatureEncoding;
  readonly secret: string;
  readonly key: Buffer;
  readonly headers: (parts: Parts, signatures: readonly string[]) => Readonly<Record<string, string>>;
}

/** Returns the signed content. */
export function contentOf(scheme: Scheme, parts: Parts, separator = scheme.separator): Buffer {
  const before = scheme.before.map((name) => parts[name] + separator).join('');
  return Buffer.concat([Buffer.from(before), parts.body]);
}

/** Returns the HMAC-SHA256 of a content. */
export function macOf(scheme: Scheme, content: Buffer, key = scheme.key): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

/** Returns the text of the right signature. */
export function signatureOf(scheme: Scheme, parts: Parts, key = scheme.key): string {
  return encode(scheme.encoding, macOf(scheme, contentOf(scheme, parts), key));
}

/** Returns a message with these parts. It has the right signature unless `signatures` is given. */
export function messageOf(scheme: Scheme, parts: Parts, signatures?: readonly string[]): ReceivedRequest {
  const headers = scheme.headers(parts, signatures ?? [signatureOf(scheme, parts)]);
  return requestOf({ headers: { 'content-type': 'application/json', ...headers }, body: parts.body });
}

const DIFFERING: Readonly<Record<SignatureEncoding, readonly RegExp[]>> = {
  hex: [/[a-f]/],
  hex_either_case: [/[a-f]/],
  base64: [/\+/, /\//],
  base64url: [/-/, /_/],
};

/** Returns valid parts. The signature of their body contains the characters in which encodings differ. */
export function goodParts(scheme: Scheme, nowMs: number): Parts {
  const timestamp = clockText(scheme.unit, nowMs);
  const named = { keyId: 'partner-1', id: 'evt_good', nonce: 'nonce-0123456789abcdef' };
  for (let count = 1; ; count += 1) {
    const parts = { ...named, timestamp, body: Buffer.from(`{"count":${count}}`) };
    const signature = signatureOf(scheme, parts);
    if (DIFFERING[scheme.encoding].every((pattern) => pattern.test(signature))) return parts;
  }
}

/**
 * Returns mutants in which each text replaces a part: with the captured signature and, if the part is signed, also signed
 * again by a malicious partner.
 */
export function partMutants(
  scheme: Scheme,
  good: Parts,
  part: 'keyId' | 'id' | 'timestamp' | 'nonce',
  texts: readonly BadPart[],
): readonly Mutant[] {
  const captured = [signatureOf(scheme, good)];
  const signed = part !== 'keyId' && scheme.before.includes(part);
  return texts.flatMap(({ kind, what, text }) => {
    const parts = { ...good, [part]: text };
    const name = `the ${part}: ${what}`;
    const asCaptured = { kind, name: `${name}, as captured`, message: messageOf(scheme, parts, captured) };
    return signed
      ? [asCaptured, { kind, name: `${name}, signed again`, message: messageOf(scheme, parts) }]
      : [asCaptured];
  });
}

type Described = Pick<Subject, 'form' | 'mutants' | 'reads'> & Partial<Pick<Subject, 'without' | 'alsoAllowed'>>;

/** Returns the subject of a scheme, with its good messages and these mutants. */
export function subjectOf(scheme: Scheme, nowMs: number, described: Described): Subject {
  const good = goodParts(scheme, nowMs);
  const later = clockText(scheme.unit, nowMs + 1000);
  const others: readonly Partial<Parts>[] = [
    { timestamp: later },
    { nonce: 'N'.repeat(128) },
    { id: 'evt_other' },
    { body: Buffer.from('{"other":true}') },
    { timestamp: clockText(scheme.unit, nowMs - 300_000), body: Buffer.from([0, 0xff, 0x0a]) },
  ];
  return {
    name: scheme.profile,
    profile: scheme.profile,
    algorithm: 'hmac-sha256',
    nowMs,
    keyId: good.keyId,
    secret: scheme.secret,
    material: createSecretKey(scheme.key),
    good: messageOf(scheme, good),
    alsoGood: others.map((other) => messageOf(scheme, { ...good, ...other })),
    without: {},
    alsoAllowed: {},
    ...described,
    mutants: distinct(described.mutants),
  };
}
