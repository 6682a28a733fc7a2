// Partners of every inbound profile. They sign with existing code or packages, and not with our signer.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSigner, httpbis } from 'http-message-signatures';
import type { LocalState } from '../../../lib/local/state-file.ts';
import type { InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { SENDERS, type SenderName } from '../../existing-code/node-senders.mjs';
import type { RawRequest } from './requests.ts';

export interface Credential {
  readonly keyId: string;
  /** The secret, or the private key in PEM form. */
  readonly secret: string;
}

interface Unsigned<Body = string> {
  readonly method: string;
  readonly url: string;
  readonly body: Body;
}

type Sign<Body = string> = (by: Credential, request: Unsigned<Body>) => Promise<Record<string, string>>;

export interface Partner {
  readonly keyId: string;
  readonly profile: InboundProfileId;
  readonly sign: Sign;
}

export const PARTNERS: readonly Partner[] = [
  existingUser('link-peeler'),
  existingUser('vouchersx'),
  existingUser('daylight'),
  existingUser('nitro'),
  { keyId: 'demo-rfc9421', profile: 'rfc9421', sign: signMessage('hmac-sha256') },
  { keyId: 'demo-rfc9421-ed25519', profile: 'rfc9421', sign: signMessage('ed25519') },
];

/** Returns the first partner of a profile. */
export const partnerOf = (profile: InboundProfileId) =>
  PARTNERS.find((partner) => partner.profile === profile) as Partner;

function existingUser(profile: SenderName): Partner {
  return {
    keyId: `demo-${profile}`,
    profile,
    sign: async (by, { body }) => SENDERS[profile]({ ...by, body, nowMs: Date.now() }),
  };
}

/** Returns a function that signs with the npm package `http-message-signatures`. */
export function signMessage(algorithm: 'hmac-sha256' | 'ed25519'): Sign<string | Uint8Array> {
  return async ({ keyId, secret }, { method, url, body }) => {
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
    const covered = body.length === 0 ? {} : { 'content-digest': digest };
    const signed = await httpbis.signMessage(
      {
        key: createSigner(secret, algorithm, keyId),
        fields: ['@method', '@authority', '@path', '@query', ...Object.keys(covered)],
        params: ['created', 'nonce', 'keyid', 'alg', 'tag'],
        paramValues: { created: new Date(), nonce: randomUUID(), tag: 'signet' },
      },
      { method, url, headers: { ...covered, ...(body.length > 0 && { 'content-type': 'application/json' }) } },
    );
    return Object.fromEntries(Object.entries(signed.headers).map(([name, text]) => [name.toLowerCase(), String(text)]));
  };
}

/** Returns the credential of a key in local.json. @throws Error if it has none. */
export function credentialOf({ keys }: LocalState, keyId: string): Credential {
  const key = keys.find((candidate) => candidate.keyId === keyId);
  const secret = key?.secret ?? (key?.privateKeyFile && readFileSync(key.privateKeyFile, 'utf8'));
  if (!secret) throw new Error(`local.json has no secret for the key ${keyId}.`);
  return { keyId, secret };
}

export interface RequestChoices {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly by?: Credential;
}

/** Signs a request of the partner. By default it is a POST with the partner's own credential. */
export async function signAs(partner: Partner, state: LocalState, choices: RequestChoices): Promise<RawRequest> {
  const { method = 'POST', path = '/api/links/fetch', body = '', by = credentialOf(state, partner.keyId) } = choices;
  const request = { method, url: state.baseUrl + path, body };
  return { ...request, headers: await partner.sign(by, request) };
}
