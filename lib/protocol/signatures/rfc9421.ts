// HTTP Message Signatures (RFC 9421): signs a request, and reads the signature of a request.
import { type KeyObject, sign } from 'node:crypto';
import { KEY_ID, NONCE } from '../grammar.ts';
import { formatContentDigest, parseByteSequence, parseContentDigest } from '../headers/content-digest.ts';
import {
  canonicalInnerList,
  listParameters,
  parsePlainString,
  readDictionary,
} from '../headers/structured-dictionary.ts';
import { type HttpRequest, isPlainPath, type ReceivedRequest, type SignedHeaders } from '../http-message.ts';
import { PROFILES } from '../profiles/profiles.ts';
import type { SignatureClaim } from '../profiles/signature-claim.ts';
import { formatTimestamp, parseTimestamp } from '../profiles/signing-time.ts';
import { sha256 } from '../sha256.ts';
import { accept, type Refused, refuse, type Verdict } from '../verdict.ts';
import { hmacSha256 } from './hmac.ts';
import { buildSignatureBase, formatSignatureInput, requiredComponents } from './signature-base.ts';

/** `signet` marks every request but enrolment. `signet-enroll` marks enrolment, which is signed by a key in its body. */
export type SignatureTag = 'signet' | 'signet-enroll';

/** A key that signs under RFC 9421, with its key id. */
export type MessageSigningKey =
  | { readonly keyId: string; readonly algorithm: 'ed25519'; readonly privateKey: KeyObject }
  | { readonly keyId: string; readonly algorithm: 'hmac-sha256'; readonly secretKey: KeyObject };

interface MessageSigningOptions {
  /** Epoch milliseconds, rounded down to seconds. */
  readonly timestampMs: number;
  /** 16–128 characters of `A-Za-z0-9_-` that this key has never used before. */
  readonly nonce: string;
  readonly tag: SignatureTag;
}

/**
 * Returns the headers to add and the signature base. The headers are `signature-input`, `signature`, and
 * `content-digest` when there is a body.
 * @throws Error when no verifier would accept the result, because a part or the time is malformed.
 */
export function signRfc9421(
  request: HttpRequest,
  key: MessageSigningKey,
  options: MessageSigningOptions,
): SignedHeaders {
  requireSignable({ ...request, keyId: key.keyId, nonce: options.nonce });
  const digest = request.body.length > 0 ? { 'content-digest': formatContentDigest(request.body) } : {};
  const signed = { ...request, headers: { ...request.headers, ...digest } };
  const components = requiredComponents(request.body);
  const input = formatSignatureInput(
    components,
    new Map<string, string | number>([
      ['created', Number(formatTimestamp(PROFILES.rfc9421.clock, options.timestampMs))],
      ['nonce', options.nonce],
      ['keyid', key.keyId],
      ['alg', key.algorithm],
      ['tag', options.tag],
    ]),
  );
  const base = buildSignatureBase(signed, components, input);
  if (base === undefined)
    throw new Error('A part of this request cannot be signed, because it has a line break. Remove it.');
  const signedContent = Buffer.from(base);
  const signature = signBase(signedContent, key).toString('base64');
  return { headers: { ...digest, 'signature-input': `sig=${input}`, signature: `sig=:${signature}:` }, signedContent };
}

type Signable = Pick<HttpRequest, 'method' | 'authority' | 'path' | 'query'> & Record<'keyId' | 'nonce', string>;

/**
 * The requirements on the parts, each with its error message. The query `?` is valid in a URL, but a question mark at
 * its beginning is most likely a mistake.
 */
const REQUIREMENTS: readonly (readonly [message: string, isMet: (parts: Signable) => boolean])[] = [
  [`The key id must match ${KEY_ID.source}.`, ({ keyId }) => KEY_ID.test(keyId)],
  [`The nonce must match ${NONCE.source}.`, ({ nonce }) => NONCE.test(nonce)],
  ['The method must be in upper case.', ({ method }) => /^[A-Z][A-Z-]*$/.test(method)],
  ['The authority must be in lower case and not empty.', ({ authority: it }) => it !== '' && it === it.toLowerCase()],
  ['The path must begin with a slash and have only unreserved characters.', ({ path }) => isPlainPath(path)],
  ['The query must not begin with a question mark.', ({ query }) => !query.startsWith('?')],
];

function requireSignable(parts: Signable): void {
  const unmet = REQUIREMENTS.find(([, isMet]) => !isMet(parts));
  if (unmet) throw new Error(unmet[0]);
}

function signBase(base: Buffer, key: MessageSigningKey): Buffer {
  return key.algorithm === 'ed25519' ? sign(null, base, key.privateKey) : hmacSha256(key.secretKey, base);
}

type Malformed = Refused<'request_malformed'>;

/** The parsed member of Signature-Input with our tag. */
interface TaggedInput {
  readonly label: string;
  readonly components: readonly string[];
  /** The canonical text of the component list and its parameters. */
  readonly text: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The component list in the canonical text. Only there is the number of spaces fixed. */
const COMPONENTS = /^\(("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\)/;
const ALLOWED_PARAMETERS: ReadonlySet<string> = new Set(['created', 'expires', 'nonce', 'keyid', 'alg', 'tag']);
const ALGORITHMS = ['ed25519', 'hmac-sha256'] as const;

/** Returns true when the untrusted request has a Signature-Input member with this tag, well formed or not. */
export function hasTaggedSignature(request: HttpRequest, tag: SignatureTag): boolean {
  return (taggedMembers(request, tag) ?? []).length > 0;
}

interface TaggedMember {
  readonly label: string;
  readonly asSent: string;
  /** All parameters, including repeated ones. */
  readonly listed: ReturnType<typeof listParameters>;
}

/** Returns the members with this tag, or undefined when the field is absent or not a dictionary. */
function taggedMembers(request: HttpRequest, tag: SignatureTag): readonly TaggedMember[] | undefined {
  const field = request.headers['signature-input'];
  const members = field === undefined ? undefined : readDictionary(field);
  if (!members) return undefined;
  return [...members]
    .map(([label, asSent]) => ({ label, asSent, listed: listParameters(asSent) }))
    .filter(({ listed }) => listed.some(([key, text]) => key === 'tag' && parsePlainString(text) === tag));
}

/**
 * Reads the only signature with this tag from an untrusted request. Nothing is verified yet.
 * It refuses component parameters, unknown parameters, repeated keys, and a signature that does not cover every required
 * component (RFC 9421, sections 2.5 and 3.2).
 */
export function parseRfc9421(
  request: ReceivedRequest,
  tag: SignatureTag = 'signet',
): Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'> {
  const input = parseTaggedInput(request, tag);
  if (!input.ok) return input;
  const missing = requiredComponents(request.body).filter((name) => !input.value.components.includes(name));
  if (missing.length > 0) return malformed(`the signature does not cover ${missing.join(' ')}`);
  if (request.authority !== request.gatewayAuthority) return malformed('host is not the gateway’s own domain name');
  const signature = parseSignatureMember(request.headers['signature'], input.value.label);
  if (!signature.ok) return signature;
  // The components decide whether there is a digest, not the body. Otherwise a body could be removed in flight.
  const digested = input.value.components.includes('content-digest');
  const digest = digested ? parseContentDigest(request.headers['content-digest'] ?? '') : undefined;
  if (digest && !digest.ok) return digest;
  const base = buildSignatureBase(request, input.value.components, input.value.text);
  if (base === undefined) return malformed('a covered header is not in the request, or a component is unknown');
  return readClaim(request, input.value.parameters, {
    signatures: [signature.value],
    signedContent: Buffer.from(base),
    bodyMatchesDigest: digest === undefined || sha256(request.body).equals(digest.value),
  });
}

function parseTaggedInput(
  request: HttpRequest,
  tag: SignatureTag,
): Verdict<TaggedInput, 'request_malformed' | 'signature_missing'> {
  if (request.headers['signature-input'] === undefined)
    return refuse('signature_missing', 'signature-input is missing');
  const members = taggedMembers(request, tag);
  if (!members) return malformed('signature-input is not a structured dictionary, or repeats a key');
  const [member, ...others] = members;
  if (!member) return refuse('signature_missing', `signature-input has no member with tag="${tag}"`);
  if (others.length > 0) return malformed(`signature-input has several members with tag="${tag}"`);
  const { label, asSent, listed } = member;
  const parameters = new Map(listed);
  if (parameters.size < listed.length || !listed.every(([name]) => ALLOWED_PARAMETERS.has(name)))
    return malformed('signature parameters are repeated or unknown');
  const text = canonicalInnerList(asSent) ?? '';
  const list = COMPONENTS.exec(text)?.[1];
  if (list === undefined) return malformed('covered components must be plain names');
  const components = list.split(' ').map((name) => name.slice(1, -1));
  if (new Set(components).size !== components.length) return malformed('a component is covered twice');
  return accept({ label, components, text, parameters });
}

function parseSignatureMember(text: string | undefined, label: string): Verdict<Buffer, 'request_malformed'> {
  const signature = parseByteSequence(readDictionary(text ?? '')?.get(label) ?? '');
  return signature ? accept(signature) : malformed('signature has no byte sequence with the label of signature-input');
}

type ReadSoFar = Pick<SignatureClaim, 'signatures' | 'signedContent' | 'bodyMatchesDigest'>;

function readClaim(
  request: ReceivedRequest,
  parameters: ReadonlyMap<string, string>,
  readSoFar: ReadSoFar,
): Verdict<SignatureClaim, 'request_malformed'> {
  const keyId = parsePlainString(parameters.get('keyid'));
  const nonce = parsePlainString(parameters.get('nonce'));
  const algorithm = ALGORITHMS.find((name) => name === parsePlainString(parameters.get('alg')));
  if (!keyId || !KEY_ID.test(keyId)) return malformed('keyid is missing or malformed');
  if (!nonce || !NONCE.test(nonce)) return malformed('nonce is missing or malformed');
  if (!algorithm) return malformed('alg is missing or unknown');
  const { clock } = PROFILES.rfc9421;
  const created = parseTimestamp(clock, parameters.get('created') ?? '');
  if (!created.ok) return created;
  const expires = parameters.has('expires') ? parseTimestamp(clock, parameters.get('expires') ?? '') : undefined;
  if (expires && !expires.ok) return expires;
  return accept({
    ...readSoFar,
    request,
    profile: 'rfc9421',
    keyId,
    nonce,
    algorithm,
    timestampMs: created.value,
    expiresMs: expires?.value,
  });
}

function malformed(reason: string): Malformed {
  return refuse('request_malformed', reason);
}
