// Ed25519 public keys: reads their 32 raw bytes, and refuses the keys under which a signature proves nothing.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { ENCODINGS } from '../encoding.ts';
import { sha256 } from '../sha256.ts';

/**
 * The y coordinates of the points of small order, with the sign bit cleared. For these points anybody can make a valid
 * signature without a private key.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Returns the public key of 32 raw bytes in base64url. The text is untrusted. Returns undefined for every other text,
 * and for a point of small order.
 */
export function parsePublicKey(text: string): KeyObject | undefined {
  const raw = ENCODINGS.base64url.decode(text);
  if (raw?.length !== 32 || isSmallOrder(raw)) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

/**
 * Returns the raw bytes of an Ed25519 public key in base64url, the form for messages and rows.
 * @throws Error when the key is not an Ed25519 key.
 */
export function formatPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (!x) throw new Error('Only an Ed25519 key has raw public bytes.');
  return x;
}

/**
 * Returns the SHA-256 of a raw public key, both in base64url.
 * An agent signs its enrolment with this as the key id, because it has no other key id yet.
 */
export function thumbprintOf(publicKey: string): string {
  return sha256(Buffer.from(publicKey, 'base64url')).toString('base64url');
}

function isSmallOrder(raw: Buffer): boolean {
  const unsigned = Buffer.from(raw);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  return SMALL_ORDER.has(unsigned.toString('hex'));
}
