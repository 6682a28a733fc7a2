// http-message-signatures as its users call it: sign a request in many styles, and verify one.
import { createHash, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { AUTHORITY } from '../../support/protocol/claims.ts';
import { bodies, wordOf } from './random-messages.ts';

export type AlgorithmName = 'ed25519' | 'hmac-sha256';

export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}

// No `.` segments: the library reads a URL, which resolves them.
const paths = fc
  .array(wordOf('ABCXYZabcxyz0189-_~', 1, 10), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`);

export const unsignedRequests: fc.Arbitrary<Unsigned> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
  path: paths,
  query: fc.oneof(fc.constant(''), wordOf('ABCabc019-._~=&%20+/?:@!$()*,;', 1, 40)),
  body: bodies,
});

/** Our signer takes a question mark at the beginning of a query for a mistake; others sign it, and are understood. */
export const signableRequests = unsignedRequests.filter(({ query }) => !query.startsWith('?'));

/** However their user has it: any order of components and parameters, any label, an end or none, a header more. */
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

/** How long a signature with an end holds. */
export const LIFETIME_MS = 60_000;

/** RFC 9530, written out here. */
export function digestOf(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

interface Key {
  readonly algorithm: AlgorithmName;
  readonly keyId: string;
  readonly key: KeyObject;
}

// The library's types want a PEM; node takes the key object just as well.
const asPem = (key: KeyObject) => key as unknown as string;

const urlOf = ({ path, query }: Unsigned) => `https://${AUTHORITY}${path}${query === '' ? '' : `?${query}`}`;

/** The headers of the signed request, names in lower case. */
export async function signWithLibrary(
  request: Unsigned,
  { algorithm, keyId, key }: Key,
  { style, nonce, nowMs }: { readonly style: Style; readonly nonce: string; readonly nowMs: number },
): Promise<Record<string, string>> {
  const digest = request.body.length > 0 ? { 'Content-Digest': digestOf(request.body) } : {};
  const left = new Set([
    ...(request.body.length > 0 ? [] : ['content-digest']),
    ...(style.coversType ? [] : ['content-type']),
    ...(style.expires ? [] : ['expires']),
  ]);
  const signed = await httpbis.signMessage(
    {
      key: createSigner(asPem(key), algorithm, keyId),
      name: style.label,
      fields: style.components.filter((name) => !left.has(name)),
      params: style.parameters.filter((name) => !left.has(name)),
      paramValues: { created: new Date(nowMs), expires: new Date(nowMs + LIFETIME_MS), nonce, tag: 'signet' },
    },
    { method: request.method, url: urlOf(request), headers: { ...digest, 'Content-Type': 'application/json' } },
  );
  return Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** The signature's headers of a request without a body, which covers these headers too; a list is sent several times. */
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

/** False when a signature does not hold; throws when it lacks something that its verifier asks for. */
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
