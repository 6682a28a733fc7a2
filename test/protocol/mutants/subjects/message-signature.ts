// RFC 9421 signatures written by hand, line by line, so that every piece of the two fields and of the base can be wrong.
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

/** What is signed, as texts that may be anything. */
export interface Fields {
  readonly label: string;
  /** Between the parentheses. */
  readonly components: readonly string[];
  /** Behind the parentheses, each with its semicolon. */
  readonly parameters: readonly (readonly [name: string, text: string])[];
  readonly digest: string;
  /** Other headers of the request. */
  readonly more: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly target: Pick<ReceivedRequest, 'method' | 'path' | 'query'>;
}

export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  readonly signBytes: (base: Buffer) => Buffer;
  /** What it is verified with. */
  readonly material: KeyObject;
  readonly secret: string;
}

/** An Ed25519 private key in PKCS #8 is this and 32 bytes. */
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

export function digestOf(body: Buffer): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

export function inputOf({ components, parameters }: Fields): string {
  return `(${components.join(' ')})${parameters.map(([name, text]) => `;${name}=${text}`).join('')}`;
}

/** The base, with each component's value as it stands in the message. What is unknown is left empty. */
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

export function requestWith(fields: Fields, signature: Buffer): ReceivedRequest {
  const headers = {
    ...fields.more,
    ...(fields.digest === '' ? {} : { 'content-digest': fields.digest }),
    'signature-input': `${fields.label}=${inputOf(fields)}`,
    signature: `${fields.label}=:${signature.toString('base64')}:`,
  };
  return requestOf({ ...fields.target, headers, body: fields.body });
}

export function signedRequest(signer: Signer, fields: Fields): ReceivedRequest {
  return requestWith(fields, signer.signBytes(baseOf(fields)));
}

/** Good fields whose signature and digest hold both characters in which the alphabets of base64 differ. */
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
