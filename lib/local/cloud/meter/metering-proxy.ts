// A reverse proxy in front of an emulator, which takes only signed calls and counts them.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type AwsService, signingName } from '../base/aws-json.ts';
import type { Credentials } from '../base/credentials.ts';
import { listenGuarded, type SignedCall } from '../base/guarded-server.ts';
import { REGION } from '../base/identity.ts';
import { type LoopbackServer, readBody } from '../base/loopback-server.ts';
import { SIGNATURE_HEADERS, signAwsRequest } from '../base/signature-v4.ts';

/** A call on its way to the emulator. */
export interface ProxiedRequest {
  /** The operation's bare name, such as `PutItem`. */
  readonly operation: string;
  readonly body: Buffer;
  /** The address of this proxy as the client calls it. */
  readonly host: string;
  /** Fires when the client has disconnected. */
  readonly clientGone: AbortSignal;
}

/** The emulator's answer. */
export interface ProxiedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a body to the emulator, with the rest of the client's request, signed anew. The signal cancels it. */
export type Forward = (body: Buffer | string, signal?: AbortSignal) => Promise<ProxiedResponse>;

/** Handles one call: it forwards, counts and changes it. */
export type Exchange = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedResponse>;

/** The service behind the proxy. */
export interface Upstream extends AwsService {
  /**
   * Whether it gets the client's Host header, as emulators of SQS do that put it into the URLs that they return. Others
   * get their own name, because they may answer to no other.
   */
  readonly getsClientHost: boolean;
}

/** Starts a proxy on a free port. Its clients sign with `credentials`, and it signs with those of `upstream`. */
export async function startMeteringProxy(
  upstream: Upstream,
  credentials: Credentials,
  exchange: Exchange,
): Promise<LoopbackServer> {
  const agent = new Agent({ keepAlive: true });
  const server = await listenGuarded(credentials, (call, response) =>
    proxyRequest({ ...call, response, upstream, agent, exchange }).catch(() => answerUnavailable(response)),
  );
  return {
    ...server,
    stop: async () => {
      await server.stop();
      agent.destroy();
    },
  };
}

interface ProxyCall extends SignedCall {
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly agent: Agent;
  readonly exchange: Exchange;
}

async function proxyRequest({ request, body, response, upstream, agent, exchange }: ProxyCall): Promise<void> {
  const clientGone = new AbortController();
  response.once('close', () => clientGone.abort());
  const operation =
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  const forward: Forward = (sent, signal) => forwardTo(upstream, { request, agent, body: sent, signal });
  const answer = await exchange(
    { operation, body, host: request.headers.host ?? '', clientGone: clientGone.signal },
    forward,
  );
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
}

interface Onward {
  readonly request: IncomingMessage;
  readonly agent: Agent;
  readonly body: Buffer | string;
  readonly signal: AbortSignal | undefined;
}

function forwardTo(upstream: Upstream, { request, agent, body, signal }: Onward): Promise<ProxiedResponse> {
  const { method = 'POST', url: target = '/' } = request;
  const url = new URL(target, upstream.endpoint);
  const headers = onwardHeaders(request, upstream, { method, target: url.pathname + url.search, body });
  return new Promise((resolve, reject) => {
    const onward = send(url, { method, agent, headers, ...(signal && { signal }) });
    onward.once('error', reject);
    onward.once('response', (response) => collect(response).then(resolve, reject));
    onward.end(body);
  });
}

/** Returns the client's headers with the signature of the upstream's own credentials in place of the client's. */
function onwardHeaders(
  { headers }: IncomingMessage,
  { endpoint, credentials, getsClientHost }: Upstream,
  request: { readonly method: string; readonly target: string; readonly body: Buffer | string },
): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !SIGNATURE_HEADERS.includes(name));
  const host = getsClientHost ? headers.host : new URL(endpoint).host;
  const length = String(Buffer.byteLength(request.body));
  const sent = { ...Object.fromEntries(kept), ...(host && { host }), 'content-length': length };
  const service = signingName(String(headers['x-amz-target']));
  const signer = { credentials, region: REGION, service, timestampMs: Date.now() };
  return { ...sent, ...signAwsRequest({ ...request, headers: sent }, signer) };
}

async function collect(response: IncomingMessage): Promise<ProxiedResponse> {
  const body = (await readBody(response)) ?? Buffer.alloc(0);
  const { connection, 'keep-alive': _keepAlive, 'transfer-encoding': _chunked, ...headers } = response.headers;
  return { status: response.statusCode ?? 502, headers, body };
}

/** Answers that the emulator is unavailable, so that the SDK retries. */
function answerUnavailable(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'ServiceUnavailable', message: 'The emulator does not answer.' }));
}
