// node:crypto as lib/protocol sees it while it is counted: the same functions, with a count of those that take the time.
import * as crypto from 'node:crypto';

export * from 'node:crypto';

export const calls = { HMAC: 0, 'SHA-256': 0, Ed25519: 0 };

export function createHmac(...parameters: Parameters<typeof crypto.createHmac>) {
  calls.HMAC += 1;
  return crypto.createHmac(...parameters);
}

export function createHash(...parameters: Parameters<typeof crypto.createHash>) {
  calls['SHA-256'] += 1;
  return crypto.createHash(...parameters);
}

export function hash(...parameters: Parameters<typeof crypto.hash>) {
  calls['SHA-256'] += 1;
  return crypto.hash(...parameters);
}

export function verify(...parameters: Parameters<typeof crypto.verify>) {
  calls.Ed25519 += 1;
  return crypto.verify(...parameters);
}
