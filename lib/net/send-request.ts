// Sends one HTTP/1.1 request over a connected socket, and reads its answer.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { accept, refuse } from '../protocol/verdict.ts';
import type { ExchangeRequest, Step } from './exchange.ts';
import type { HttpUrl } from './http-url.ts';
import { nameError } from './open-socket.ts';

/** The limit for all headers of the answer together, and so for the longest Location. */
const HEADER_LIMIT_BYTES = 16 * 1024;

/** Sends the request and returns the head of its answer. It does not follow redirects. */
export async function sendRequest(
  socket: Socket,
  url: HttpUrl,
  request: ExchangeRequest & { readonly signal: AbortSignal },
): Promise<Step<IncomingMessage>> {
  const sent = prepare(socket, url, request);
  if (!sent.ok) return sent;
  return new Promise((resolve) => {
    request.signal.addEventListener('abort', () => resolve(refuse('timeout', 'no answer in time')), { once: true });
    if (request.signal.aborted) resolve(refuse('timeout', 'no answer in time'));
    sent.value.once('response', (answer) => resolve(accept(answer)));
    sent.value.once('upgrade', () =>
      resolve(refuse('http_malformed', 'the answer switches protocols without a request to do so')),
    );
    sent.value.on('error', (error) => resolve(failureOf(error)));
    sent.value.once('close', () => resolve(refuse('connection_failed', 'the connection ended before an answer')));
    sent.value.end(request.body);
  });
}

/** Creates the request. `http.request` throws for invalid header text, and headers may contain untrusted text. */
function prepare(socket: Socket, url: HttpUrl, request: ExchangeRequest): Step<ClientRequest> {
  try {
    const { method } = request;
    const headers = headersOf(url, request);
    const options = { method, path: url.target, headers, maxHeaderSize: HEADER_LIMIT_BYTES };
    return accept(httpRequest({ ...options, createConnection: () => socket }));
  } catch (error) {
    return refuse('http_malformed', nameError(error as Error));
  }
}

function headersOf(url: HttpUrl, { headers, body }: ExchangeRequest): Record<string, string> {
  return {
    ...headers,
    host: url.authority,
    connection: 'close',
    'accept-encoding': 'identity',
    ...(body === undefined ? {} : { 'content-length': String(body.byteLength) }),
  };
}

function failureOf(error: Error): Step<never> {
  const name = nameError(error);
  return refuse(name.startsWith('HPE_') ? 'http_malformed' : 'connection_failed', name);
}

/** The part of a body that was read. */
export interface ReadBody {
  readonly body: Uint8Array;
  /** True when the body is or may be incomplete. */
  readonly truncated: boolean;
}

/** Returns the first `limitBytes` of the body. If the connection ends early, it returns the bytes received until then. */
export function readBody(answer: IncomingMessage, limitBytes: number, signal: AbortSignal): Promise<Step<ReadBody>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let missingBytes = limitBytes;
    const finish = (truncated: boolean) => resolve(accept({ body: Buffer.concat(chunks), truncated }));
    signal.addEventListener('abort', () => resolve(refuse('timeout', 'the body took too long')), { once: true });
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk.subarray(0, missingBytes));
      missingBytes -= chunk.byteLength;
      if (missingBytes < 0) finish(true);
    });
    answer.once('end', () => finish(false));
    answer.on('error', () => finish(true));
    answer.once('close', () => finish(true));
    if (limitBytes === 0) finish(true);
  });
}
