// Changes of signed requests and deliveries in flight, for the flip sweeps.
import type { Headers, ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import { withHeaders } from './claims.ts';

interface Message {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type Change<M = ReceivedRequest> = (message: M) => M;
/** Changes by the part that they change. */
export type Changes<M = ReceivedRequest> = Readonly<Record<string, Change<M>>>;

/** Returns the change that sets a header. */
export const setHeader =
  (name: string, value: string) =>
  <M extends Message>(message: M): M => ({ ...message, headers: { ...message.headers, [name]: value } });

/** Returns the change that replaces a part of a header. The change throws when the header does not have that part. */
export const editHeader =
  (name: string, from: string | RegExp, to: string) =>
  <M extends Message>(message: M): M => {
    const text = message.headers[name] ?? '';
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`${name} has no ${from}`);
    return setHeader(name, edited)(message);
  };

/** Returns the change that replaces fields of the message. */
export const setPart =
  <P extends object>(part: P) =>
  <M extends P>(message: M): M => ({ ...message, ...part });

/** Returns the change that makes all these changes, in order. */
export const both =
  <M>(...changes: readonly Change<M>[]): Change<M> =>
  (message) =>
    changes.reduce((changed, change) => change(changed), message);

/** Returns the message with another body. */
export const withBody = <M extends Message>(message: M, body: Uint8Array): M => ({ ...message, body });

/** Returns the change that puts the matching part of a header into upper case. */
export const upperCase =
  (name: string, pattern = /[0-9a-f]{64}/) =>
  <M extends Message>(message: M): M => {
    const text = message.headers[name] ?? '';
    return editHeader(name, pattern, (pattern.exec(text)?.[0] ?? '').toUpperCase())(message);
  };

/** Returns the changes of a `t=…,v1=…` header that may have several v1. */
export const severalV1 = (name: string) => ({
  'the case of the hex': upperCase(name),
  'another v1 before it': editHeader(name, ',v1=', `,v1=${'0'.repeat(64)},v1=`),
  'another v1 after it': editHeader(name, /$/, `,v1=${'0'.repeat(64)}`),
});

/** Changes of the body. Every delimited profile covers it, and RFC 9421 covers it by the digest. */
export const BODIES = {
  'a bit of the body': <M extends Message>(message: M): M => {
    const body = Buffer.from(message.body);
    body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    return withBody(message, body);
  },
  'a line feed after the body': <M extends Message>(message: M): M =>
    withBody(message, Buffer.concat([message.body, Buffer.from('\n')])),
  'the last byte of the body': <M extends Message>(message: M): M => withBody(message, message.body.subarray(0, -1)),
  'the body, removed': <M extends Message>(message: M): M => withBody(message, Buffer.alloc(0)),
  'the body as other JSON of the same value': <M extends Message>(message: M): M =>
    withBody(message, Buffer.from(JSON.stringify(JSON.parse(Buffer.from(message.body).toString()), null, 1))),
} as const;

/** Changes of the method and of each part of the target. */
export const METHOD_AND_TARGET: Changes = {
  'the method': setPart({ method: 'DELETE' }),
  'the path': setPart({ path: '/api/links/cancel' }),
  'a slash after the path': (request) => ({ ...request, path: `${request.path}/` }),
  'the query': setPart({ query: 'dryRun=1' }),
  'the host, also as the gateway names it': setPart({ authority: 'other.example', gatewayAuthority: 'other.example' }),
};

/** Changes of headers that no profile signs. */
export const OTHER_HEADERS: Changes = {
  'the content type': setHeader('content-type', 'text/plain'),
  'an unsigned header': setHeader('x-forwarded-for', '203.0.113.9'),
};

const OTHER_BODY = Buffer.from('{"other":1}');
const OTHER_DIGEST = 'sha-256=:iwu3US+20Vlch7NgS0iTUCGriCM+qFMkb1wkRgCkCSk=:';

/** Changes of a request that is signed under RFC 9421. */
export const MESSAGE_SIGNATURE: { readonly covered: Changes; readonly uncovered: Changes } = {
  covered: {
    ...BODIES,
    ...METHOD_AND_TARGET,
    'the digest': setHeader('content-digest', OTHER_DIGEST),
    'both body and digest': both((request) => withBody(request, OTHER_BODY), setHeader('content-digest', OTHER_DIGEST)),
    'the time it was created': editHeader('signature-input', 'created=1800000000', 'created=1800000001'),
    'the nonce': editHeader('signature-input', 'nonce="0', 'nonce="1'),
    'the key id': editHeader('signature-input', 'keyid="key-1"', 'keyid="key-2"'),
    'an added expiry': (request) =>
      withHeaders(request, { 'signature-input': `${request.headers['signature-input']};expires=1900000000` }),
    'the tag': editHeader('signature-input', 'tag="signet"', 'tag="signet-enroll"'),
    'the order of the components': editHeader('signature-input', '"@method" "@authority"', '"@authority" "@method"'),
    'a removed component': editHeader('signature-input', ' "@query"', ''),
    'an added component': both(
      editHeader('signature-input', '"@query"', '"@query" "x-more"'),
      setHeader('x-more', 'more'),
    ),
    'the order of the parameters': editHeader('signature-input', /(created=\d+);(nonce="[^"]+")/, '$2;$1'),
    'the algorithm': (request) => {
      const from = request.headers['signature-input']?.includes('alg="ed25519"') ? 'ed25519' : 'hmac-sha256';
      const to = from === 'ed25519' ? 'hmac-sha256' : 'ed25519';
      return editHeader('signature-input', `alg="${from}"`, `alg="${to}"`)(request);
    },
  },
  uncovered: {
    ...OTHER_HEADERS,
    'the label, in both fields': both(
      editHeader('signature-input', 'sig=', 'other-label='),
      editHeader('signature', 'sig=', 'other-label='),
    ),
    'spaces where the canonical form has none': both(
      editHeader('signature-input', ';created', '; created'),
      editHeader('signature-input', '("@method"', '( "@method"'),
    ),
    'another signature next to it': (request) =>
      withHeaders(request, {
        'signature-input': `proxy=("@method");created=1;tag="other", ${request.headers['signature-input']}`,
        signature: `${request.headers['signature']}, proxy=:AAAA:`,
      }),
  },
};
