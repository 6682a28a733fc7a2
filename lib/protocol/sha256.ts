// SHA-256 of bytes, as bytes.
import { hash } from 'node:crypto';

export function sha256(bytes: Uint8Array): Buffer {
  // By way of a text, for the reason that hmacSha256 gives.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
}
