// A thin reverse proxy in front of an emulator: the place where calls are counted.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type LoopbackServer, listenOnLoopback, readBody } from '../base/loopback-server.ts';

export interface ProxiedRequest {
  /** The operation's bare name, e.g. `PutItem`. */
  readonly operation: string;
  readonly body: Buffer;
  /** This proxy, as the client calls it. */
  readonly host: string;
  /** Fires when the client has gone away. */
  readonly clientGone: AbortSignal;
}

export interface ProxiedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a body on to the emulator, with everything else of the client's request as it was. The signal gives it up. */
export type Forward = (body: Buffer | string, signal?: AbortSignal) => Promise<ProxiedResponse>;

/** What happens to one call on its way: sent on, counted, altered. */
export type Exchange = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedResponse>;

/** Starts a proxy before `upstream`. */
export async function startMeteringProxy(upstream: string, exchange: Exchange): Promise<LoopbackServer> {
  const agent = new Agent({ keepAlive: true });
  const server = await listenOnLoopback(0, (request, response) => {
    relay({ request, response, upstream, agent, exchange }).catch(() => refuse(response));
  });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      agent.destroy();
    },
  };
}

interface Relay {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: string;
  readonly agent: Agent;
  readonly exchange: Exchange;
}

async function relay({ request, response, upstream, agent, exchange }: Relay): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const body = (await readBody(request)) ?? Buffer.alloc(0);
  const operation =
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  const url = new URL(request.url ?? '/', upstream);
  const forward: Forward = (sent, signal) => forwardTo(url, { request, agent, body: sent, signal });
  const answer = await exchange(
    { operation, body, host: request.headers.host ?? '', clientGone: gone.signal },
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
  // The client's Host stays: emulators put it into the URLs they answer with.
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

/** The emulator is not there: the answer that makes the SDK try again. */
function refuse(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'ServiceUnavailable', message: 'The emulator does not answer.' }));
}
