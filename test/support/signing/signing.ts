// Signers that are independent of lib/protocol, so that tests do not verify the relay with its own signer.
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';

/** Returns the key pair of RFC 8032, section 7.1, test 1, 2 or 3. It is the same in every run. */
export function ed25519Pair(test: 1 | 2 | 3): { privateKey: KeyObject; publicKey: string } {
  const seed = {
    1: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    2: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    3: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  }[test];
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '' };
}

/** Who signs and when, and the nonce. */
export interface Signing {
  readonly keyId: string;
  readonly timestampMs: number;
  readonly nonce: string;
}

/** The text of a secret, or a private key. */
export type Credential = string | KeyObject;

const mac = (secret: Credential, before: string, body: Uint8Array) =>
  createHmac('sha256', secret).update(before).update(body).digest();

const secondsOf = (timestampMs: number) => String(Math.floor(timestampMs / 1000));

/** Returns the headers of link-peeler: `timestamp.nonce.body` under HMAC-SHA256, in lower-case hex. */
export function signLinkPeeler(body: Uint8Array, secret: Credential, { keyId, timestampMs, nonce }: Signing) {
  const timestamp = secondsOf(timestampMs);
  return {
    'x-link-peeler-key': keyId,
    'x-link-peeler-timestamp': timestamp,
    'x-link-peeler-nonce': nonce,
    'x-link-peeler-signature': mac(secret, `${timestamp}.${nonce}.`, body).toString('hex'),
  };
}

/** Returns the headers of vouchersx: `timestamp.body` in hex, with one `v1` for each secret. */
export function signVouchersx(
  body: Uint8Array,
  secrets: readonly Credential[],
  { keyId, timestampMs }: Pick<Signing, 'keyId' | 'timestampMs'>,
) {
  const timestamp = secondsOf(timestampMs);
  const signatures = secrets.map((secret) => mac(secret, `${timestamp}.`, body).toString('hex'));
  return { 'x-partner-slug': keyId, 'x-signature': `t=${timestamp},v1=${signatures.join(',v1=')}` };
}

/** Returns the headers of daylight: `timestamp.body` in base64url without padding. */
function signDaylight(body: Uint8Array, secret: Credential, { keyId, timestampMs }: Signing) {
  const timestamp = secondsOf(timestampMs);
  const signature = mac(secret, `${timestamp}.`, body).toString('base64url');
  return { 'x-signet-key': keyId, 'daylight-signature': `t=${timestamp},v1=${signature}` };
}

/** Returns the headers of nitro: the timestamp in milliseconds and the body without a separator, in lower-case hex. */
function signNitro(body: Uint8Array, secret: Credential, { keyId, timestampMs }: Signing) {
  const signature = mac(secret, String(timestampMs), body).toString('hex');
  return { 'x-signet-key': keyId, 'x-timestamp': String(timestampMs), 'x-signature': signature };
}

type SignByHand = (request: Signable, credential: Credential, signing: Signing) => Record<string, string>;

const BY_HAND: Readonly<Record<InboundProfileId, SignByHand>> = {
  rfc9421: (request, credential, signing) =>
    signMessage(request, typeof credential === 'string' ? createSecretKey(credential, 'utf8') : credential, signing),
  'link-peeler': ({ body }, credential, signing) => signLinkPeeler(body, credential, signing),
  vouchersx: ({ body }, credential, signing) => signVouchersx(body, [credential], signing),
  daylight: ({ body }, credential, signing) => signDaylight(body, credential, signing),
  nitro: ({ body }, credential, signing) => signNitro(body, credential, signing),
};

/** Returns the headers of a request under any inbound profile. Profiles without a nonce ignore it. */
export function signAs(profile: InboundProfileId, ...what: Parameters<SignByHand>): Record<string, string> {
  return BY_HAND[profile](...what);
}

type Signable = Pick<IncomingRequest, 'method' | 'authority' | 'path' | 'query' | 'body'>;

/** Returns the RFC 9421 headers over method, authority, path, query and, if there is a body, its digest. */
export function signMessage(
  request: Signable,
  key: KeyObject,
  { keyId, timestampMs, nonce, tag = 'signet' }: Signing & { readonly tag?: string },
): Record<string, string> {
  const digest = `sha-256=:${createHash('sha256').update(request.body).digest('base64')}:`;
  const covered = [
    ['@method', request.method],
    ['@authority', request.authority],
    ['@path', request.path],
    ['@query', `?${request.query}`],
    ...(request.body.length > 0 ? [['content-digest', digest]] : []),
  ];
  const list = `(${covered.map(([name]) => `"${name}"`).join(' ')})`;
  const algorithm = key.type === 'private' ? 'ed25519' : 'hmac-sha256';
  const created = Math.floor(timestampMs / 1000);
  const parameters = `${list};created=${created};nonce="${nonce}";keyid="${keyId}";alg="${algorithm}";tag="${tag}"`;
  const base = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${parameters}`].join(
    '\n',
  );
  const bytes = Buffer.from(base);
  const signature = key.type === 'private' ? sign(null, bytes, key) : createHmac('sha256', key).update(bytes).digest();
  return {
    ...(request.body.length > 0 && { 'content-digest': digest }),
    'signature-input': `sig=${parameters}`,
    signature: `sig=:${signature.toString('base64')}:`,
  };
}

/** Returns a compact JWS (RFC 7515) under EdDSA. */
export function signJws(header: object, payload: object, key: KeyObject): string {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${parts}.${sign(null, Buffer.from(parts), key).toString('base64url')}`;
}
