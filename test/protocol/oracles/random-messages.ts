// Random messages for the oracles: bodies up to 4 KB of every sort, secrets of ours and imported ones, times, ids.
import { createHash } from 'node:crypto';
import fc from 'fast-check';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LONGEST_BODY = 4096;

export const wordOf = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

export const nonces = fc.oneof(fc.uuid(), wordOf(`${LETTERS}-_`, 16, 128));
export const keyIds = wordOf(`${LETTERS}-_`, 1, 64);
export const messageIds = wordOf(`${LETTERS}-_`, 1, 128);

/** Epoch milliseconds: every time that has ten digits of seconds. */
export const times = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });

/** As long as asked and any bytes, from two small numbers: to draw each byte by itself is slow. */
const longBytes = fc
  .tuple(fc.integer({ min: 0, max: LONGEST_BODY }), fc.nat())
  .map(([outputLength, seed]) => createHash('shake256', { outputLength }).update(`${seed}`).digest());

/** Any code point but lone surrogates, which no UTF-8 has. fast-check's own `binary` takes half a second to set up. */
const character = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);
const unit = character.map((codePoint) => String.fromCodePoint(codePoint));
const shortTexts = fc.string({ unit, maxLength: 40 });
const longTexts = fc
  .tuple(fc.string({ unit, minLength: 1, maxLength: 16 }), fc.integer({ min: 1, max: 64 }))
  .map(([text, times]) => text.repeat(times));

export const jsonTexts = fc.oneof(
  fc.json({ maxDepth: 2, stringUnit: unit }),
  fc.record({ id: messageIds, type: shortTexts, data: longTexts }).map((event) => JSON.stringify(event)),
  fc.record({ id: messageIds, data: shortTexts }).map((event) => JSON.stringify(event, null, 2)),
);

/** For oracles that take a body for text: what is not UTF-8 is not the same to them as it was sent. */
export const texts = fc.oneof(shortTexts, longTexts, jsonTexts, fc.constant(''));

export const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  longBytes,
  texts.map((text) => Buffer.from(text)),
  fc.constant(Buffer.alloc(0)),
);

const random32 = fc.nat().map((seed) => createHash('sha256').update(`${seed}`).digest());

/** Secrets of both our styles, and any text that a partner may bring along. */
export const secrets = fc.oneof(
  random32.map((bytes) => `sk_${bytes.toString('base64url')}`),
  random32.map((bytes) => `whsec_${bytes.toString('base64')}`),
  fc.string({ unit, minLength: 1, maxLength: 90 }).filter((text) => text.trim() !== ''),
);

/** Secrets of Standard Webhooks: ours, and of any other size. */
export const whsecSecrets = fc
  .oneof(
    random32,
    fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
  )
  .map((bytes) => `whsec_${bytes.toString('base64')}`);

/**
 * Another secret for certain. Two texts drawn at random may be the same HMAC key: it is padded with zeros, so that a
 * NUL at the end says nothing.
 */
export function otherThan(secret: string): string {
  return `whsec_${Buffer.from(`other than ${secret}`).toString('base64')}`;
}

export interface BodyChange {
  /** 0 to 1, from the first byte to the last. */
  readonly where: number;
  readonly bit: number;
}

export const bodyChanges = fc.record({
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  bit: fc.integer({ min: 0, max: 7 }),
});

/** The body with one bit of one byte turned over; an empty one gets a byte. */
export function changed(body: Uint8Array, { where, bit }: BodyChange): Buffer {
  if (body.length === 0) return Buffer.from([1 << bit]);
  const copy = Buffer.from(body);
  const at = Math.floor(where * (body.length - 1));
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
  return copy;
}

/** What a delivery is made of. */
export const deliveriesWith = <Body>(body: fc.Arbitrary<Body>) =>
  fc.record({
    id: messageIds,
    type: fc.constantFrom('job.completed', 'job.failed', 'endpoint.test'),
    timestampMs: times,
    keyId: keyIds,
    body,
  });

/** What a request is signed with and over, in any inbound profile. */
export const requests = fc.record({ keyId: keyIds, nonce: nonces, secret: secrets, body: bodies, nowMs: times });
