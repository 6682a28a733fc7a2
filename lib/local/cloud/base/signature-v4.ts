// Signature Version 4, with which every AWS request is signed: it signs requests and checks the signature of received ones.
// Source: "Signature Version 4 signing process" in the IAM User Guide.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Credentials } from './credentials.ts';

/** What a signature covers. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string | Buffer;
}

/** Who signs, for which service, and when. */
export interface AwsSigner {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
}

/** An error as AWS names it. */
export interface AwsRefusal {
  readonly name: string;
  readonly message: string;
}

/** What an `authorization` header says. */
interface Claim {
  readonly accessKeyId: string;
  /** Day, region, service and `aws4_request`. */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8}\/[^/,\s]+\/[^/,\s]+\/aws4_request), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;

/** The headers that a signer makes. They must not be in the request yet. */
export const SIGNATURE_HEADERS = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

const REFUSALS = {
  missing: { name: 'MissingAuthenticationTokenException', message: 'Request is missing Authentication Token' },
  unreadable: {
    name: 'IncompleteSignatureException',
    message: `The Authorization header is not of the form "${ALGORITHM} Credential=…, SignedHeaders=…, Signature=…".`,
  },
  unknown: {
    name: 'UnrecognizedClientException',
    message: "The security token included in the request is invalid. The laptop's credentials are in local.json.",
  },
  wrong: {
    name: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method.',
  },
} as const satisfies Record<string, AwsRefusal>;

/**
 * Returns the headers that sign the request: `authorization`, `x-amz-date` and perhaps `x-amz-security-token`. The
 * request needs a `host` header.
 */
export function signAwsRequest(request: AwsRequest, signer: AwsSigner): Readonly<Record<string, string>> {
  const { accessKeyId, sessionToken } = signer.credentials;
  const date = new Date(signer.timestampMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const added = { 'x-amz-date': date, ...(sessionToken && { 'x-amz-security-token': sessionToken }) };
  const headers: AwsRequest['headers'] = { ...request.headers, ...added };
  const scope = `${date.slice(0, 8)}/${signer.region}/${signer.service}/aws4_request`;
  const signedHeaders = Object.keys(headers)
    .filter((name) => mustBeSigned(name) || name === 'content-type')
    .sort();
  const signature = calculate({ ...request, headers }, { scope, signedHeaders }, signer.credentials);
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...added, authorization };
}

/** Returns the refusal of a request that names no or another access key, before its body is read. */
export function checkAccessKey(headers: AwsRequest['headers'], { accessKeyId }: Credentials): AwsRefusal | undefined {
  const claim = parseClaim(headers);
  if ('name' in claim) return claim;
  return claim.accessKeyId === accessKeyId ? undefined : REFUSALS.unknown;
}

/**
 * Returns the refusal of a request that the owner of these credentials did not sign, or undefined for a good signature.
 * It does not compare the time of signing with a clock, because the laptop's functions have a clock of their own.
 * @param request is untrusted.
 */
export function checkAwsSignature(request: AwsRequest, credentials: Credentials): AwsRefusal | undefined {
  const claim = parseClaim(request.headers);
  if ('name' in claim) return claim;
  if (claim.accessKeyId !== credentials.accessKeyId) return REFUSALS.unknown;
  const isCovered = Object.keys(request.headers).every(
    (name) => !mustBeSigned(name) || claim.signedHeaders.includes(name),
  );
  if (!isCovered || !isOfThatDay(request, claim)) return REFUSALS.wrong;
  const expected = Buffer.from(calculate(request, claim, credentials));
  return timingSafeEqual(expected, Buffer.from(claim.signature)) ? undefined : REFUSALS.wrong;
}

function parseClaim(headers: AwsRequest['headers']): Claim | AwsRefusal {
  const header = headers['authorization'];
  if (header === undefined) return REFUSALS.missing;
  const [, accessKeyId = '', scope = '', names = '', signature] = AUTHORIZATION.exec(String(header)) ?? [];
  const signedHeaders = names.split(';');
  if (!signature || !signedHeaders.includes('host')) return REFUSALS.unreadable;
  return { accessKeyId, scope, signedHeaders, signature };
}

/** AWS refuses a request in which one of these headers is not signed. */
function mustBeSigned(name: string): boolean {
  return name === 'host' || name.startsWith('x-amz-');
}

function isOfThatDay({ headers }: AwsRequest, { scope }: Claim): boolean {
  const date = String(headers['x-amz-date']);
  return /^\d{8}T\d{6}Z$/.test(date) && scope.startsWith(date.slice(0, 8));
}

/** Returns the signature in hexadecimal digits. */
function calculate(
  request: AwsRequest,
  { scope, signedHeaders }: Pick<Claim, 'scope' | 'signedHeaders'>,
  { secretAccessKey }: Credentials,
): string {
  const canonical = canonicalRequest(request, signedHeaders);
  const text = [ALGORITHM, request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

/** Returns the text whose hash is signed. */
export function canonicalRequest(
  { method, target, headers, body }: AwsRequest,
  signedHeaders: readonly string[],
): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const lines = signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}`);
  return [method, encodePath(path), canonicalQuery(query), ...lines, '', signedHeaders.join(';'), sha256(body)].join(
    '\n',
  );
}

function canonicalValue(value: string | readonly string[] | undefined): string {
  return [value ?? []]
    .flat()
    .map((text) => text.trim().replaceAll(/ +/g, ' '))
    .join(',');
}

/** The path is encoded already. All services but S3 sign it encoded once more. */
function encodePath(path: string): string {
  return path.split('/').map(encode).join('/') || '/';
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map((pair) => pair.join('='))
    .join('&');
}

/** Compares by code points, as AWS does. */
function compare(text: string, other: string): number {
  if (text === other) return 0;
  return text < other ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
