// node:crypto with counters for the functions that take most of the time.
import * as crypto from 'node:crypto';

export * from 'node:crypto';

/** The number of calls until now. */
/** The number of calls until now. */
export const calls = { HMAC: 0, 'SHA-256': 0, Ed25519: 0 };

/** Counts an HMAC, and creates it with the real function. */
export function createHmac(...parameters: Parameters<typeof crypto.createHmac>) {
  calls.HMAC += 1;
  return crypto.createHmac(...parameters);
}

/** Counts a SHA-256, and creates it with the real function. */
export function createHash(...parameters: Parameters<typeof crypto.createHash>) {
  calls['SHA-256'] += 1;
  return crypto.createHash(...parameters);
}

/** Counts a SHA-256, and computes it with the real function. */
export function hash(...parameters: Parameters<typeof crypto.hash>) {
  calls['SHA-256'] += 1;
  return crypto.hash(...parameters);
}

/** Counts an Ed25519 verification, and makes it with the real function. */
export function verify(...parameters: Parameters<typeof crypto.verify>) {
  calls.Ed25519 += 1;
  return crypto.verify(...parameters);
}
