// A request as an HTTP API passes it to a function: payload format 2.0, with the gateway's own quirks.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ACCOUNT_ID } from '../base/identity.ts';
import type { RouteMatch } from './http-routes.ts';

/** The API's id in events and in its execute-api address. */
export const API_ID = 'laptop';

/** A request with its body and its route. */
export interface HttpEventInput {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly match: RouteMatch;
  /** Epoch milliseconds of the emulated machine's clock. */
  readonly nowMs: number;
}

/** Hop-by-hop headers, which the gateway does not pass on. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te']);
const TEXT_TYPES = /^(text\/.*|application\/(json|xml|javascript|.+\+json|.+\+xml))$/;

/**
 * Returns the event for a request.
 * @throws URIError when the path is not encoded correctly; the gateway then answers 400.
 */
export function createHttpEvent({ request, body, match, nowMs }: HttpEventInput): Record<string, unknown> {
  const [encodedPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const { cookie: _cookie, ...headers } = joinHeaders(request);
  const cookie = request.headers.cookie;
  const rawPath = decodeURIComponent(encodedPath);
  return {
    version: '2.0',
    routeKey: match.route.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: { ...headers, ...forwardedHeaders(request), 'content-length': String(body.length) },
    ...(rawQueryString && { queryStringParameters: joinRepeated(new URLSearchParams(rawQueryString)) }),
    requestContext: createRequestContext({ request, rawPath, routeKey: match.route.routeKey, nowMs }),
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
    ...encodeBody(body, headers),
  };
}

function createRequestContext(input: {
  readonly request: IncomingMessage;
  readonly rawPath: string;
  readonly routeKey: string;
  readonly nowMs: number;
}): Record<string, unknown> {
  const { request, rawPath, routeKey, nowMs } = input;
  const domainName = ownAuthority(request);
  return {
    accountId: ACCOUNT_ID,
    apiId: API_ID,
    domainName,
    domainPrefix: domainName.split('.')[0],
    http: {
      method: request.method,
      path: rawPath,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: accessLogTime(nowMs),
    timeEpoch: nowMs,
  };
}

/**
 * Returns the gateway's own name and never just the Host header, so that a request signed for another host is
 * recognized. A local gateway has two names. The default port is part of neither.
 */
function ownAuthority({ headers, socket }: IncomingMessage): string {
  const [address = '', name] = ['127.0.0.1', 'localhost'].map(
    (host) => new URL(`http://${host}:${socket.localPort}`).host,
  );
  return name !== undefined && headers.host?.toLowerCase() === name ? name : address;
}

/** Returns headers with lower-case names. The values of a repeated header are joined by commas, in their order. */
function joinHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
  );
  return joinRepeated(pairs.filter(([name]) => !HOP_HEADERS.has(name)));
}

/**
 * Returns an object without a prototype: the sender chooses the names, and `constructor` must be absent unless sent.
 */
function joinRepeated(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) {
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
  }
  return joined;
}

function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  const earlier = request.headers['x-forwarded-for'];
  const from = request.socket.remoteAddress ?? '';
  return {
    'x-amzn-trace-id': `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    'x-forwarded-for': earlier === undefined ? from : `${earlier}, ${from}`,
    'x-forwarded-port': String(request.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  };
}

/** A body that is not known to be text is encoded as base64. */
function encodeBody(body: Buffer, headers: Readonly<Record<string, string>>): Record<string, unknown> {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isText = TEXT_TYPES.test(type) && (headers['content-encoding'] ?? 'identity') === 'identity';
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** Returns a time such as `12/Mar/2026:19:03:58 +0000`. */
function accessLogTime(nowMs: number): string {
  const [, day, month, year, time] = new Date(nowMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
