// Generators of random messages: bodies up to 4 KB, generated and imported secrets, times, ids.
import { createHash } from 'node:crypto';
import fc from 'fast-check';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LONGEST_BODY = 4096;

/** Generates words of these characters. */
export const wordOf = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

export const nonces = fc.oneof(fc.uuid(), wordOf(`${LETTERS}-_`, 16, 128));
export const keyIds = wordOf(`${LETTERS}-_`, 1, 64);
export const messageIds = wordOf(`${LETTERS}-_`, 1, 128);

/** Generates times in epoch milliseconds that have ten digits of seconds. */
export const times = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });

/** Generates long bytes from two small numbers, because generating each byte by itself is slow. */
const longBytes = fc
  .tuple(fc.integer({ min: 0, max: LONGEST_BODY }), fc.nat())
  .map(([outputLength, seed]) => createHash('shake256', { outputLength }).update(`${seed}`).digest());

/**
 * Generates any code point except lone surrogates, which have no UTF-8 form. fast-check's own `binary` unit takes half a
 * second to set up.
 */
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

/** Generates texts, for oracles that read a body as text. They would change a body that is not UTF-8. */
export const texts = fc.oneof(shortTexts, longTexts, jsonTexts, fc.constant(''));

export const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  longBytes,
  texts.map((text) => Buffer.from(text)),
  fc.constant(Buffer.alloc(0)),
);

const random32 = fc.nat().map((seed) => createHash('sha256').update(`${seed}`).digest());

/** Generates secrets: in both forms that the relay generates, and any text that a partner may import. */
export const secrets = fc.oneof(
  random32.map((bytes) => `sk_${bytes.toString('base64url')}`),
  random32.map((bytes) => `whsec_${bytes.toString('base64')}`),
  fc.string({ unit, minLength: 1, maxLength: 90 }).filter((text) => text.trim() !== ''),
);

/** Generates secrets of Standard Webhooks, of our size and of any other size. */
export const whsecSecrets = fc
  .oneof(
    random32,
    fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
  )
  .map((bytes) => `whsec_${bytes.toString('base64')}`);

/**
 * Returns a secret with another HMAC key. Two random texts can have the same key: HMAC pads the key with zeros, so a NUL
 * at the end does not change it.
 */
export function otherThan(secret: string): string {
  return `whsec_${Buffer.from(`other than ${secret}`).toString('base64')}`;
}

/** Which bit of a body to flip. */
export interface BodyChange {
  /** The position of the byte: 0 for the first byte, 1 for the last one. */
  readonly where: number;
  readonly bit: number;
}

export const bodyChanges = fc.record({
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  bit: fc.integer({ min: 0, max: 7 }),
});

/** Returns the body with one flipped bit. An empty body gets a byte. */
export function changed(body: Uint8Array, { where, bit }: BodyChange): Buffer {
  if (body.length === 0) return Buffer.from([1 << bit]);
  const copy = Buffer.from(body);
  const at = Math.floor(where * (body.length - 1));
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
  return copy;
}

/** Generates deliveries with these bodies. */
export const deliveriesWith = <Body>(body: fc.Arbitrary<Body>) =>
  fc.record({
    id: messageIds,
    type: fc.constantFrom('job.completed', 'job.failed', 'endpoint.test'),
    timestampMs: times,
    keyId: keyIds,
    body,
  });

/** Generates requests, and the secrets that sign them, for any inbound profile. */
export const requests = fc.record({ keyId: keyIds, nonce: nonces, secret: secrets, body: bodies, nowMs: times });
