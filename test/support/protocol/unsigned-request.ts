// A well-formed request under rfc9421 with an invented signature, for tests of what is refused before verification.
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import { parseRfc9421 } from '../../../lib/protocol/signatures/rfc9421.ts';
import { answerOf, requestOf, withHeaders } from './claims.ts';

export const SIGNATURE = 'A'.repeat(86);
export const DIGEST = 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:';
export const COMPONENTS = ['@method', '@authority', '@path', '@query', 'content-digest'];
/** Returns the text of a component list. */
export const list = (components: readonly string[]) => `(${components.map((name) => `"${name}"`).join(' ')})`;

export const PARAMETERS: Readonly<Record<string, string>> = {
  created: '1800000000',
  nonce: '"nonce-0123456789"',
  keyid: '"key-1"',
  alg: '"ed25519"',
  tag: '"signet"',
};

/** Returns a Signature-Input with some parameters changed. A parameter that is `undefined` is removed. */
export function inputWith(
  changes: Readonly<Record<string, string | undefined>>,
  components = list(COMPONENTS),
): string {
  const parameters = Object.entries({ ...PARAMETERS, ...changes }).filter(([, text]) => text !== undefined);
  return `sig=${components}${parameters.map(([name, text]) => `;${name}=${text}`).join('')}`;
}

export const GOOD = inputWith({});

export const good = requestOf({
  body: Buffer.from('{}'),
  headers: { 'signature-input': GOOD, signature: `sig=:${SIGNATURE}==:`, 'content-digest': DIGEST },
});

/** Parses a request under rfc9421. */
export const parse = (request: ReceivedRequest) => parseRfc9421(request);
/** Returns the answer to the good request with these headers. */
export const answer = (headers: Readonly<Record<string, string>>) => answerOf(parse(withHeaders(good, headers)));
/** Returns the answer to the good request with this Signature-Input. */
export const answerTo = (signatureInput: string) => answer({ 'signature-input': signatureInput });

export const MALFORMED = { ok: false, problem: 'request_malformed' };
export const MISSING = { ok: false, problem: 'signature_missing' };
export const OK = { ok: true };

/** Returns the last line of the signature base, or the reason why the request is refused. */
export function paramsLine(signatureInput: string): string | undefined {
  const claim = parse(withHeaders(good, { 'signature-input': signatureInput }));
  return claim.ok ? Buffer.from(claim.value.signedContent).toString().split('\n').at(-1) : claim.reason;
}
