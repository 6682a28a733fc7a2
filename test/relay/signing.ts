// Signatures as a sender makes them, written out by hand: what the relay verifies with is not asked to sign.
import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { IncomingRequest } from '../../lib/relay/front-door.ts';

/** A key pair that is the same in every run: RFC 8032, section 7.1, test 1, 2 or 3. */
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

export interface Signing {
  readonly keyId: string;
  readonly timestampMs: number;
  readonly nonce: string;
}

/** `timestamp.nonce.body` under HMAC-SHA256, in lower-case hex. */
export function signLinkPeeler(body: Uint8Array, secret: string, { keyId, timestampMs, nonce }: Signing) {
  const timestamp = String(Math.floor(timestampMs / 1000));
  const mac = createHmac('sha256', secret).update(`${timestamp}.${nonce}.`).update(body).digest('hex');
  return {
    'x-link-peeler-key': keyId,
    'x-link-peeler-timestamp': timestamp,
    'x-link-peeler-nonce': nonce,
    'x-link-peeler-signature': mac,
  };
}

type Signable = Pick<IncomingRequest, 'method' | 'authority' | 'path' | 'query' | 'body'>;

/** RFC 9421 over method, authority, path, query and, where there is a body, its digest. */
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

/** A compact JWS (RFC 7515) under EdDSA. */
export function signJws(header: object, payload: object, key: KeyObject): string {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${parts}.${sign(null, Buffer.from(parts), key).toString('base64url')}`;
}
