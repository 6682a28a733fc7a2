// One row for each way a request may be signed to us. A new inbound profile joins the tests by a row here:
// its vectors, made by openssl, and what may and what may not be changed in a signed request.
import { createSecretKey } from 'node:crypto';
import { parsePublicKey } from '../../lib/protocol/ed25519-public-key.ts';
import type { ReceivedRequest } from '../../lib/protocol/http-message.ts';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import type { InboundProfileId } from '../../lib/protocol/profiles.ts';
import type { SignatureClaim } from '../../lib/protocol/signature-claim.ts';
import type { VerificationKey } from '../../lib/protocol/verify-request.ts';
import { readVectors, type Vector } from '../vectors/read-vectors.ts';
import { requestOf, withHeaders } from './claims.ts';

export interface SignedExample {
  readonly request: ReceivedRequest;
  readonly key: VerificationKey;
  readonly signedAtMs: number;
  readonly nonce: string | undefined;
}

export type Change = (request: ReceivedRequest) => ReceivedRequest;

export interface InboundRow {
  readonly name: string;
  readonly profile: InboundProfileId;
  readonly vectors: readonly Vector<SignedExample>[];
  /** The one that the sweeps start from: it has a body. */
  readonly example: SignedExample;
  /** What the signature covers: each change must be refused. */
  readonly covered: Readonly<Record<string, Change>>;
  /** What it does not cover: each change is still accepted. Whoever relies on one of these is on their own. */
  readonly uncovered: Readonly<Record<string, Change>>;
}

/** The claim of a request that must be well formed. */
export function parseGood(request: ReceivedRequest): SignatureClaim {
  const claim = parseSignedRequest(request);
  if (!claim.ok) throw new Error(claim.reason);
  return claim.value;
}

const bytes = (hex: string) => Buffer.from(hex, 'hex');

interface LinkPeelerInput {
  readonly secret: string;
  readonly keyId: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly bodyHex: string;
  readonly signature: string;
}

function linkPeelerExample({ secret, keyId, timestamp, nonce, bodyHex, signature }: LinkPeelerInput): SignedExample {
  const headers = {
    'x-link-peeler-key': keyId,
    'x-link-peeler-timestamp': timestamp,
    'x-link-peeler-nonce': nonce,
    'x-link-peeler-signature': signature,
  };
  const material = [createSecretKey(Buffer.from(secret, 'utf8'))];
  return {
    request: requestOf({ headers, body: bytes(bodyHex) }),
    key: { keyId, profile: 'link-peeler', algorithm: 'hmac-sha256', material },
    signedAtMs: Number(timestamp) * 1000,
    nonce,
  };
}

export interface Rfc9421Input {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly bodyHex: string;
  readonly algorithm: 'ed25519' | 'hmac-sha256';
  readonly keyId: string;
  readonly publicKey?: string;
  readonly secret?: string;
  readonly timestamp: string;
  readonly nonce: string;
  /** The signature base, as the script put it together. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

function rfc9421Example(input: Rfc9421Input): SignedExample {
  const { method, path, query, headers, algorithm, keyId, timestamp, nonce } = input;
  const material = parsePublicKey(input.publicKey ?? '') ?? createSecretKey(input.secret ?? '', 'utf8');
  return {
    request: requestOf({ method, path, query, headers, body: bytes(input.bodyHex) }),
    key: { keyId, profile: 'rfc9421', algorithm, material: [material] },
    signedAtMs: Number(timestamp) * 1000,
    nonce,
  };
}

const setHeader =
  (name: string, value: string): Change =>
  (request) =>
    withHeaders(request, { [name]: value });

/** Replaces a piece of a header that must be there. */
const editHeader =
  (name: string, from: string, to: string): Change =>
  (request) => {
    const text = request.headers[name] ?? '';
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    return withHeaders(request, { [name]: text.replace(from, to) });
  };

const both =
  (...changes: readonly Change[]): Change =>
  (request) =>
    changes.reduce((changed, change) => change(changed), request);

const setPart =
  (part: Partial<ReceivedRequest>): Change =>
  (request) => ({ ...request, ...part });

const bodies: Readonly<Record<string, Change>> = {
  'a bit of the body': (request) => {
    const body = Buffer.from(request.body);
    body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    return { ...request, body };
  },
  'a line feed after the body': (request) => ({ ...request, body: Buffer.concat([request.body, Buffer.from('\n')]) }),
  'the last byte of the body gone': (request) => ({ ...request, body: request.body.subarray(0, -1) }),
  'the whole body gone': setPart({ body: Buffer.alloc(0) }),
};

const methodAndTarget: Readonly<Record<string, Change>> = {
  'the method': setPart({ method: 'DELETE' }),
  'the path': setPart({ path: '/api/links/cancel' }),
  'a slash after the path': (request) => ({ ...request, path: `${request.path}/` }),
  'the query': setPart({ query: 'dryRun=1' }),
  'the host, and the gateway with it': setPart({ authority: 'other.example', gatewayAuthority: 'other.example' }),
};

const otherHeaders: Readonly<Record<string, Change>> = {
  'the content type': setHeader('content-type', 'text/plain'),
  'a header that nobody signed': setHeader('x-forwarded-for', '203.0.113.9'),
};

const linkPeeler = readVectors<LinkPeelerInput>('signet-link-peeler.json').tests.map((vector) => ({
  ...vector,
  input: linkPeelerExample(vector.input),
}));

const rfc9421 = (algorithm: Rfc9421Input['algorithm']) =>
  readVectors<Rfc9421Input>('signet-rfc9421.json')
    .tests.filter(({ input }) => input.algorithm === algorithm)
    .map((vector) => ({ ...vector, input: rfc9421Example(vector.input) }));

const OTHER_BODY = Buffer.from('{"other":1}');
const OTHER_DIGEST = 'sha-256=:iwu3US+20Vlch7NgS0iTUCGriCM+qFMkb1wkRgCkCSk=:';

const messageSignature: Pick<InboundRow, 'covered' | 'uncovered'> = {
  covered: {
    ...bodies,
    ...methodAndTarget,
    'the digest': setHeader('content-digest', OTHER_DIGEST),
    'body and digest together': both(setPart({ body: OTHER_BODY }), setHeader('content-digest', OTHER_DIGEST)),
    'the time it was created': editHeader('signature-input', 'created=1800000000', 'created=1800000001'),
    'the nonce': editHeader('signature-input', 'nonce="0', 'nonce="1'),
    'the key id': editHeader('signature-input', 'keyid="key-1"', 'keyid="key-2"'),
    'an end added': (request) =>
      withHeaders(request, { 'signature-input': `${request.headers['signature-input']};expires=1900000000` }),
    'the tag': editHeader('signature-input', 'tag="signet"', 'tag="signet-enroll"'),
    'the order of the components': editHeader('signature-input', '"@method" "@authority"', '"@authority" "@method"'),
    'a component fewer': editHeader('signature-input', ' "@query"', ''),
    'a component more': both(
      editHeader('signature-input', '"@query"', '"@query" "x-more"'),
      setHeader('x-more', 'more'),
    ),
    'the order of the parameters': editHeader(
      'signature-input',
      'created=1800000000;nonce="0f8fad5b-d9cb-469f-a165-70867728950e"',
      'nonce="0f8fad5b-d9cb-469f-a165-70867728950e";created=1800000000',
    ),
    'the algorithm': (request) => {
      const from = request.headers['signature-input']?.includes('alg="ed25519"') ? 'ed25519' : 'hmac-sha256';
      const to = from === 'ed25519' ? 'hmac-sha256' : 'ed25519';
      return editHeader('signature-input', `alg="${from}"`, `alg="${to}"`)(request);
    },
  },
  uncovered: {
    ...otherHeaders,
    'the label, in both fields': both(
      editHeader('signature-input', 'sig=', 'other-label='),
      editHeader('signature', 'sig=', 'other-label='),
    ),
    'spaces where the canonical form has none': both(
      editHeader('signature-input', ';created', '; created'),
      editHeader('signature-input', '("@method"', '( "@method"'),
    ),
    "somebody else's signature beside it": (request) =>
      withHeaders(request, {
        'signature-input': `proxy=("@method");created=1;tag="other", ${request.headers['signature-input']}`,
        signature: `${request.headers['signature']}, proxy=:AAAA:`,
      }),
  },
};

/** The example of a row is its first vector. */
function row(facts: Omit<InboundRow, 'example'>): InboundRow {
  const [first] = facts.vectors;
  if (!first) throw new Error(`${facts.name} has no vectors`);
  return { ...facts, example: first.input };
}

export const INBOUND_ROWS: readonly InboundRow[] = [
  row({
    name: 'link-peeler',
    profile: 'link-peeler',
    vectors: linkPeeler,
    covered: {
      ...bodies,
      'the timestamp': setHeader('x-link-peeler-timestamp', '1800000001'),
      'the nonce': setHeader('x-link-peeler-nonce', '1f8fad5b-d9cb-469f-a165-70867728950e'),
    },
    uncovered: {
      ...methodAndTarget,
      ...otherHeaders,
      'the key id, where both keys have the same secret': setHeader('x-link-peeler-key', 'partner-2'),
    },
  }),
  row({ name: 'rfc9421 with ed25519', profile: 'rfc9421', vectors: rfc9421('ed25519'), ...messageSignature }),
  row({ name: 'rfc9421 with hmac-sha256', profile: 'rfc9421', vectors: rfc9421('hmac-sha256'), ...messageSignature }),
];
