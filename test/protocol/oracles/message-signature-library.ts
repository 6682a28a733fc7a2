// The library http-message-signatures, called as its users do: it signs requests in many styles, and verifies them.
import { createHash, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { AUTHORITY } from '../../support/protocol/claims.ts';
import { bodies, wordOf } from './random-messages.ts';

export type AlgorithmName = 'ed25519' | 'hmac-sha256';

/** An unsigned request. */
export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}

// The paths have no `.` segments, because the library reads a URL, and a URL resolves them.
const paths = fc
  .array(wordOf('ABCXYZabcxyz0189-_~', 1, 10), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`);

/** Generates unsigned requests. */
export const unsignedRequests: fc.Arbitrary<Unsigned> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
  path: paths,
  query: fc.oneof(fc.constant(''), wordOf('ABCabc019-._~=&%20+/?:@!$()*,;', 1, 40)),
  body: bodies,
});

/**
 * Generates requests that our signer accepts. It refuses a question mark at the beginning of a query as a mistake. Our
 * verifier accepts such a query from other signers.
 */
export const signableRequests = unsignedRequests.filter(({ query }) => !query.startsWith('?'));

/** Generates styles of signing: any order of components and parameters, any label, with or without `expires`. */
export const styles = fc.record({
  components: fc.shuffledSubarray(['@method', '@authority', '@path', '@query', 'content-digest', 'content-type'], {
    minLength: 6,
  }),
  coversType: fc.boolean(),
  parameters: fc.shuffledSubarray(['created', 'nonce', 'keyid', 'alg', 'tag', 'expires'], { minLength: 6 }),
  expires: fc.boolean(),
  label: wordOf('abcxyz', 1, 8),
});

type Style = typeof styles extends fc.Arbitrary<infer T> ? T : never;

/** How long a signature with `expires` is valid. */
export const LIFETIME_MS = 60_000;

/** Returns the Content-Digest of a body (RFC 9530), independently of lib/protocol. */
export function digestOf(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

interface Key {
  readonly algorithm: AlgorithmName;
  readonly keyId: string;
  readonly key: KeyObject;
}

// The library's types require a PEM, but Node accepts the key object too.
const asPem = (key: KeyObject) => key as unknown as string;

const urlOf = ({ path, query }: Unsigned) => `https://${AUTHORITY}${path}${query === '' ? '' : `?${query}`}`;

/** Returns the headers of the signed request, with names in lower case. */
export async function signWithLibrary(
  request: Unsigned,
  { algorithm, keyId, key }: Key,
  { style, nonce, nowMs }: { readonly style: Style; readonly nonce: string; readonly nowMs: number },
): Promise<Record<string, string>> {
  const digest = request.body.length > 0 ? { 'Content-Digest': digestOf(request.body) } : {};
  const omitted = new Set([
    ...(request.body.length > 0 ? [] : ['content-digest']),
    ...(style.coversType ? [] : ['content-type']),
    ...(style.expires ? [] : ['expires']),
  ]);
  const signed = await httpbis.signMessage(
    {
      key: createSigner(asPem(key), algorithm, keyId),
      name: style.label,
      fields: style.components.filter((name) => !omitted.has(name)),
      params: style.parameters.filter((name) => !omitted.has(name)),
      paramValues: { created: new Date(nowMs), expires: new Date(nowMs + LIFETIME_MS), nonce, tag: 'signet' },
    },
    { method: request.method, url: urlOf(request), headers: { ...digest, 'Content-Type': 'application/json' } },
  );
  return Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/**
 * Returns Signature-Input and Signature of a request without a body. The signature also covers `headers`. A header with a
 * list of values is a repeated header.
 */
export async function signHeadersWithLibrary(
  request: Unsigned,
  { algorithm, keyId, key }: Key,
  more: { readonly headers: Record<string, string | string[]>; readonly nonce: string; readonly nowMs: number },
): Promise<Record<string, string>> {
  const { headers, nonce, nowMs } = more;
  const signed = await httpbis.signMessage(
    {
      key: createSigner(asPem(key), algorithm, keyId),
      fields: ['@method', '@authority', '@path', '@query', ...Object.keys(headers)],
      params: ['created', 'nonce', 'keyid', 'alg', 'tag'],
      paramValues: { created: new Date(nowMs), nonce, tag: 'signet' },
    },
    { method: request.method, url: urlOf(request), headers },
  );
  const names = ['Signature-Input', 'Signature'];
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), String(signed.headers[name])]));
}

/** Returns false for a wrong signature. @throws Error when the signature lacks a required component or parameter */
export function verifyWithLibrary(
  request: Unsigned,
  headers: Record<string, string>,
  { algorithm, keyId, key, nowMs }: Key & { readonly nowMs: number },
): Promise<boolean | null> {
  return httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) =>
        keyid === keyId ? { id: keyId, algs: [algorithm], verify: createVerifier(asPem(key), algorithm) } : null,
      requiredParams: ['created', 'nonce', 'keyid', 'alg', 'tag'],
      requiredFields: [
        '@method',
        '@authority',
        '@path',
        '@query',
        ...(request.body.length > 0 ? ['content-digest'] : []),
      ],
      notAfter: Math.floor(nowMs / 1000),
      all: true,
    },
    { method: request.method, url: urlOf(request), headers },
  );
}
