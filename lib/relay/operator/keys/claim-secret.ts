// No two keys or endpoints have the same secret, whoever they belong to and whichever way it signs.
import type { Secret } from '../../../protocol/secret.ts';
import { digestSecret, type SecretName } from '../../model/key-ring.ts';
import type { KeyRings } from '../../model/ports.ts';
import type { SecretClaims } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface ClaimPorts {
  readonly claims: SecretClaims;
  /** Its first master keys the digests, in both directions. */
  readonly inboundRing: KeyRings;
}

/**
 * The digest that the secret is known by from now on. It stays taken when the owner ends it: what was given up, or has
 * leaked, is not to come back. The same owner may claim it again.
 */
export async function claimSecret(
  { claims, inboundRing }: ClaimPorts,
  secret: Secret,
  owner: SecretName,
): Promise<Outcome<string>> {
  const digest = digestSecret(await inboundRing.read(), secret);
  if (await claims.claim(digest, owner)) return done(digest);
  return refused('secret_in_use', 'Another key, endpoint or version has had this very secret. Bring another one.');
}
