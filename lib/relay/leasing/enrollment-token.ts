// The word an operator pastes into a desktop: where the relay is, and a secret that is good once.

import { Secret } from '../../protocol/secret.ts';
import { sha256 } from '../../protocol/sha256.ts';

export interface EnrollmentToken {
  /** `set_` and base64url of `{"u": relay URL, "t": secret}`. */
  readonly token: Secret;
  /** What the table knows it by. */
  readonly tokenSha256: string;
}

/** `random` gives 32 bytes. */
export function makeEnrollmentToken(relayUrl: string, random: () => Buffer): EnrollmentToken {
  const secret = random().toString('base64url');
  const word = Buffer.from(JSON.stringify({ u: relayUrl, t: secret })).toString('base64url');
  return { token: new Secret(`set_${word}`), tokenSha256: hashToken(secret) };
}

export function hashToken(secret: string): string {
  return sha256(Buffer.from(secret)).toString('hex');
}
