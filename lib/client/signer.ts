// Creates a signer from the credentials that a partner received.
import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import { KEY_ID } from '../protocol/grammar.ts';
import { INBOUND_PROFILES, type InboundProfileId } from '../protocol/profiles/profiles.ts';
import { requireTrimmed } from '../protocol/secret.ts';
import type { RequestSigner } from '../protocol/signatures/sign-request.ts';

/** A partner's key: its profile, its id, and its secret or private key. */
export type Credentials =
  | {
      readonly profile: InboundProfileId;
      readonly keyId: string;
      readonly secret: string;
      readonly privateKey?: never;
    }
  | {
      readonly profile: 'rfc9421';
      readonly keyId: string;
      /** An Ed25519 key: PKCS #8 in PEM, or a KeyObject. */
      readonly privateKey: string | KeyObject;
      readonly secret?: never;
    };

/**
 * Returns a signer for these credentials.
 * @throws Error when a part is missing or invalid. No message contains the secret.
 */
export function createSigner(credentials: Credentials): RequestSigner {
  const { profile, keyId, secret, privateKey } = credentials;
  if (!INBOUND_PROFILES.includes(profile))
    throw new Error(`Unknown profile ${profile}. Use one of: ${INBOUND_PROFILES.join(', ')}.`);
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId))
    throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  if ((secret === undefined) === (privateKey === undefined))
    throw new Error('Give either the secret or the private key of your key.');
  if (privateKey !== undefined && profile !== 'rfc9421')
    throw new Error(`A private key signs under rfc9421 only, not under ${profile}.`);
  return privateKey === undefined
    ? secretSigner(profile, keyId, secret)
    : { profile: 'rfc9421', keyId, algorithm: 'ed25519', privateKey: readPrivateKey(privateKey) };
}

function secretSigner(profile: InboundProfileId, keyId: string, secret: string): RequestSigner {
  if (typeof secret !== 'string' || secret === '') throw new Error('The secret is empty.');
  requireTrimmed(secret);
  const secretKey = createSecretKey(Buffer.from(secret, 'utf8'));
  return profile === 'rfc9421'
    ? { profile, keyId, algorithm: 'hmac-sha256', secretKey }
    : { profile, keyId, secretKey };
}

function readPrivateKey(input: string | KeyObject): KeyObject {
  const key = typeof input === 'string' ? parsePem(input) : input;
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')
    throw new Error('The private key must be an Ed25519 key.');
  return key;
}

function parsePem(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error('The private key must be PKCS #8 in PEM.');
  }
}
