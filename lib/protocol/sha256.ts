// SHA-256 of bytes, as bytes.
import { hash } from 'node:crypto';

/** Returns the 32 bytes of the SHA-256 hash. */
export function sha256(bytes: Uint8Array): Buffer {
  // A digest as a binary string is faster than one as a Buffer: see hmacSha256.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
}
