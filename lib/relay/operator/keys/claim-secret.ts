// Claims secrets, so that no two keys or endpoints share one, across accounts and directions.
import type { Secret } from '../../../protocol/secret.ts';
import { digestSecret, type SecretName } from '../../model/key-ring.ts';
import type { KeyRings } from '../../model/ports.ts';
import type { SecretClaims } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface ClaimPorts {
  readonly claims: SecretClaims;
  /** The ring whose first master keys the digests, for secrets of both directions. */
  readonly inboundRing: KeyRings;
}

/**
 * Claims a secret for its owner and returns the secret's digest, or refuses if another owner has claimed it. A claim stays
 * when the secret ends, so that a leaked secret cannot return. The same owner may claim it again.
 */
export async function claimSecret(
  { claims, inboundRing }: ClaimPorts,
  secret: Secret,
  owner: SecretName,
): Promise<Outcome<string>> {
  const digest = digestSecret(await inboundRing.read(), secret);
  if (await claims.claim(digest, owner)) return done(digest);
  return refused('secret_in_use', 'Another key, endpoint or version has used this secret. Choose another secret.');
}
