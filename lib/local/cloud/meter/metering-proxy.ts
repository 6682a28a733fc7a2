// A reverse proxy in front of an emulator, which counts the calls.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type LoopbackServer, listenOnLoopback, readBody } from '../base/loopback-server.ts';

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

/** Sends a body to the emulator, with everything else of the client's request unchanged. The signal cancels it. */
export type Forward = (body: Buffer | string, signal?: AbortSignal) => Promise<ProxiedResponse>;

/** Handles one call: it forwards, counts and changes it. */
export type Exchange = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedResponse>;

/** Starts a proxy in front of `upstream` on a free port. */
export async function startMeteringProxy(upstream: string, exchange: Exchange): Promise<LoopbackServer> {
  const agent = new Agent({ keepAlive: true });
  const server = await listenOnLoopback(0, (request, response) => {
    proxyRequest({ request, response, upstream, agent, exchange }).catch(() => answerUnavailable(response));
  });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      agent.destroy();
    },
  };
}

interface ProxyCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: string;
  readonly agent: Agent;
  readonly exchange: Exchange;
}

async function proxyRequest({ request, response, upstream, agent, exchange }: ProxyCall): Promise<void> {
  const clientGone = new AbortController();
  response.once('close', () => clientGone.abort());
  const body = (await readBody(request)) ?? Buffer.alloc(0);
  const operation =
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  const url = new URL(request.url ?? '/', upstream);
  const forward: Forward = (sent, signal) => forwardTo(url, { request, agent, body: sent, signal });
  const answer = await exchange(
    { operation, body, host: request.headers.host ?? '', clientGone: clientGone.signal },
    forward,
  );
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
}

interface Upstream {
  readonly request: IncomingMessage;
  readonly agent: Agent;
  readonly body: Buffer | string;
  readonly signal: AbortSignal | undefined;
}

function forwardTo(url: URL, { request, agent, body, signal }: Upstream): Promise<ProxiedResponse> {
  // The client's Host header stays, because emulators put it into the URLs that they return.
  const headers = { ...request.headers, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const onward = send(url, { method: request.method ?? 'POST', agent, headers, ...(signal && { signal }) });
    onward.once('error', reject);
    onward.once('response', (response) => collect(response).then(resolve, reject));
    onward.end(body);
  });
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
