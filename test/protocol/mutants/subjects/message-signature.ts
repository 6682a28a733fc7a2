// Writes RFC 9421 signatures line by line, so that a test can change every piece of the two fields and of the base.
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import type { SignatureAlgorithm } from '../../../../lib/protocol/profiles/signature-claim.ts';
import { requestOf } from '../../../support/protocol/claims.ts';
import { clockText } from '../edits/clock-texts.ts';

/** The pieces of a signature. Each text may be anything. */
export interface Fields {
  readonly label: string;
  /** The texts between the parentheses. */
  readonly components: readonly string[];
  /** The parameters after the parentheses. */
  readonly parameters: readonly (readonly [name: string, text: string])[];
  readonly digest: string;
  /** Other headers of the request. */
  readonly more: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly target: Pick<ReceivedRequest, 'method' | 'path' | 'query'>;
}

/** A key that signs, and the key that verifies. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  readonly signBytes: (base: Buffer) => Buffer;
  /** The key that verifies. */
  readonly material: KeyObject;
  readonly secret: string;
}

/** The prefix of an Ed25519 private key in PKCS #8. The 32 bytes of the key follow. */
const PKCS8 = '302e020100300506032b657004220420';
const seed = createHash('sha256').update('a seed for the mutants').digest('hex');
const privateKey = createPrivateKey({ key: Buffer.from(PKCS8 + seed, 'hex'), format: 'der', type: 'pkcs8' });

export const SIGNERS: readonly Signer[] = [
  {
    algorithm: 'hmac-sha256',
    signBytes: (base) => createHmac('sha256', 'sk_rfc9421').update(base).digest(),
    material: createSecretKey(Buffer.from('sk_rfc9421')),
    secret: 'sk_rfc9421',
  },
  {
    algorithm: 'ed25519',
    signBytes: (base) => sign(null, base, privateKey),
    material: createPublicKey(privateKey),
    secret: '',
  },
];

export const KEY_ID = 'key-1';
export const COMPONENTS = ['"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"', '"content-type"'];

/** Returns the Content-Digest of a body. */
export function digestOf(body: Buffer): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Returns the value of the Signature-Input member, without its label. */
export function inputOf({ components, parameters }: Fields): string {
  return `(${components.join(' ')})${parameters.map(([name, text]) => `;${name}=${text}`).join('')}`;
}

/** Returns the signature base. The value of an unknown component is empty. */
export function baseOf(fields: Fields): Buffer {
  const request = requestOf({ ...fields.target });
  const values: Readonly<Record<string, string>> = {
    '"@method"': request.method,
    '"@authority"': request.authority,
    '"@path"': request.path,
    '"@query"': `?${request.query}`,
    '"content-digest"': fields.digest,
  };
  const textOf = (name: string) => values[name] ?? fields.more[name.replaceAll('"', '')] ?? '';
  const lines = fields.components.map((name) => `${name}: ${textOf(name)}`);
  return Buffer.from([...lines, `"@signature-params": ${inputOf(fields)}`].join('\n'));
}

/** Returns the request with these fields and this signature. */
export function requestWith(fields: Fields, signature: Buffer): ReceivedRequest {
  const headers = {
    ...fields.more,
    ...(fields.digest === '' ? {} : { 'content-digest': fields.digest }),
    'signature-input': `${fields.label}=${inputOf(fields)}`,
    signature: `${fields.label}=:${signature.toString('base64')}:`,
  };
  return requestOf({ ...fields.target, headers, body: fields.body });
}

/** Returns the request with these fields and the right signature. */
export function signedRequest(signer: Signer, fields: Fields): ReceivedRequest {
  return requestWith(fields, signer.signBytes(baseOf(fields)));
}

/** Returns valid fields. Their signature and digest contain both characters in which the base64 alphabets differ. */
export function goodFields(signer: Signer, nowMs: number): Fields {
  for (let count = 1; ; count += 1) {
    const body = Buffer.from(`{"count":${count}}`);
    const fields: Fields = {
      label: 'sig',
      components: COMPONENTS,
      parameters: [
        ['created', clockText('s', nowMs)],
        ['nonce', '"nonce-0123456789abcdef"'],
        ['keyid', `"${KEY_ID}"`],
        ['alg', `"${signer.algorithm}"`],
        ['tag', '"signet"'],
      ],
      digest: digestOf(body),
      more: { 'content-type': 'application/json' },
      body,
      target: { method: 'POST', path: '/api/links/fetch', query: 'dry=1' },
    };
    const texts = [signer.signBytes(baseOf(fields)).toString('base64'), fields.digest];
    if (texts.every((text) => text.includes('+') && text.includes('/'))) return fields;
  }
}
