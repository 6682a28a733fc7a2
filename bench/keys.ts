// The keys of one run: one secret for all subjects, in the forms that the verifiers need.
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { RequestSigner } from '../lib/protocol/signatures/sign-request.ts';

export const KEY_ID = 'partner-1';
export const secretText = randomBytes(32).toString('hex');
export const secretKey = createSecretKey(Buffer.from(secretText));
export const { publicKey, privateKey } = generateKeyPairSync('ed25519');

/** The keys that sign RFC 9421 requests, and the keys that verify them. */
export const MESSAGE_SIGNING = {
  'hmac-sha256': {
    signer: { profile: 'rfc9421', keyId: KEY_ID, algorithm: 'hmac-sha256', secretKey },
    checkedWith: secretKey,
  },
  ed25519: {
    signer: { profile: 'rfc9421', keyId: KEY_ID, algorithm: 'ed25519', privateKey },
    checkedWith: publicKey,
  },
} as const satisfies Record<string, { readonly signer: RequestSigner; readonly checkedWith: unknown }>;
