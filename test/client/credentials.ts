// Every way in which a partner may sign: the credentials of its program, and the key with which the relay verifies.
import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import type { Credentials } from '../../lib/client/signer.ts';
import { INBOUND_PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import type { VerificationKey } from '../../lib/protocol/signatures/verify-request.ts';

export const SECRET = 'sk_5ecret-0f-the-partner_that-must-n0t-be-printed';

/** One way to sign. */
export interface Way {
  readonly name: string;
  readonly credentials: Credentials;
  readonly key: VerificationKey;
}

const material = [createSecretKey(Buffer.from(SECRET, 'utf8'))];

const bySecret = INBOUND_PROFILES.map(
  (profile): Way => ({
    name: profile,
    credentials: { profile, keyId: 'acme', secret: SECRET },
    key: { keyId: 'acme', profile, algorithm: 'hmac-sha256', material },
  }),
);

const { privateKey } = generateKeyPairSync('ed25519');
export const PRIVATE_PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

const ed25519: Way = {
  name: 'rfc9421 with Ed25519',
  credentials: { profile: 'rfc9421', keyId: 'acme', privateKey: PRIVATE_PEM },
  key: { keyId: 'acme', profile: 'rfc9421', algorithm: 'ed25519', material: [createPublicKey(privateKey)] },
};

export const WAYS: readonly Way[] = [...bySecret, ed25519];

/** Returns the way with this name. @throws Error when there is none */
export function wayOf(name: string): Way {
  const way = WAYS.find((candidate) => candidate.name === name);
  if (!way) throw new Error(`There is no way ${name}.`);
  return way;
}
