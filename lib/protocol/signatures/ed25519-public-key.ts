// Raw Ed25519 public keys: 32 bytes in, a KeyObject out, with the keys that prove nothing refused.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { ENCODINGS } from '../encoding.ts';
import { sha256 } from '../sha256.ts';

/** y coordinates of the points of small order, sign bit cleared; under them signatures can be made without a key. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** The 32 raw bytes of a key in base64url, or undefined when the text is not one or the point is of small order. */
export function parsePublicKey(text: string): KeyObject | undefined {
  const raw = ENCODINGS.base64url.decode(text);
  if (raw?.length !== 32 || isSmallOrder(raw)) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

/** The raw bytes of a public key in base64url, as they travel and are stored. */
export function formatPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (!x) throw new Error('Only an Ed25519 key has raw public bytes.');
  return x;
}

/** The key id that an agent signs its enrolment with, before it has one: SHA-256 of the raw key in base64url. */
export function thumbprintOf(publicKey: string): string {
  return sha256(Buffer.from(publicKey, 'base64url')).toString('base64url');
}

function isSmallOrder(raw: Buffer): boolean {
  const unsigned = Buffer.from(raw);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  return SMALL_ORDER.has(unsigned.toString('hex'));
}
