// One HTTP exchange with an address that the policy allows: no redirects, pooling or compression, limited time and size.
import { performance } from 'node:perf_hooks';
import { TLSSocket } from 'node:tls';
import { accept, refuse } from '../protocol/verdict.ts';
import type { Answer, ExchangePorts, ExchangeRequest, ExchangeResult, Failed, Step } from './exchange.ts';
import { type HttpUrl, parseHttpUrl } from './http-url.ts';
import { type CheckedSocket, describeTls, openSocket, secureSocket } from './open-socket.ts';
import { resolveHost, systemLookup } from './resolve-host.ts';
import { readBody, sendRequest } from './send-request.ts';
import { type Stopwatch, startStopwatch } from './stopwatch.ts';

/** The state that the steps of one exchange share. */
interface Course {
  readonly request: ExchangeRequest & { readonly signal: AbortSignal };
  readonly ports: ExchangePorts;
  readonly stopwatch: Stopwatch;
  /** The address of the connected socket. */
  address?: string;
}

/**
 * Sends one request and returns its answer or its failure. It does not throw because of the URL or the server.
 * The policy decides on every address twice: before the connection, and again on the connected socket before TLS or the
 * request begins.
 */
export async function guardedRequest(request: ExchangeRequest, ports: ExchangePorts): Promise<ExchangeResult> {
  const course: Course = {
    request: { ...request, signal: deadlineOf(request) },
    ports,
    stopwatch: startStopwatch(ports.monotonicMs ?? (() => performance.now())),
  };
  const step = await run(course);
  return step.ok ? step.value : failed(course, step.problem, step.reason);
}

function deadlineOf(request: ExchangeRequest): AbortSignal {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  return request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
}

async function run(course: Course): Promise<Step<Answer>> {
  const url = parseHttpUrl(course.request.url);
  if (!url.ok) return refuse('refused_address', url.reason);
  const opened = await open(course, url.value);
  if (!opened.ok) return opened;
  course.address = opened.value.address;
  try {
    return await exchange(course, url.value, opened.value);
  } finally {
    opened.value.socket.destroy();
  }
}

async function open({ request, ports, stopwatch }: Course, url: HttpUrl): Promise<Step<CheckedSocket>> {
  const { policy, lookup = systemLookup } = ports;
  const addresses = await resolveHost(url, { policy, lookup }, request.signal);
  if (!url.isLiteral) stopwatch.lap('dnsMs');
  if (!addresses.ok) return addresses;
  const opened = await openSocket(url, addresses.value, { policy, signal: request.signal });
  stopwatch.lap('connectMs');
  return opened;
}

async function exchange(course: Course, url: HttpUrl, { socket, address }: CheckedSocket): Promise<Step<Answer>> {
  const { request, stopwatch } = course;
  const transport = url.secure ? await secureSocket(socket, url, request) : accept(socket);
  if (url.secure) stopwatch.lap('tlsMs');
  if (!transport.ok) return transport;
  const tls = transport.value instanceof TLSSocket ? describeTls(transport.value) : undefined;
  const head = await sendRequest(transport.value, url, request);
  if (!head.ok) return head;
  stopwatch.lap('firstByteMs');
  const status = head.value.statusCode ?? 0;
  const limit = typeof request.bodyLimitBytes === 'number' ? request.bodyLimitBytes : request.bodyLimitBytes(status);
  const read = await readBody(head.value, limit, request.signal);
  if (!read.ok) return read;
  const timing = stopwatch.read();
  return accept({ kind: 'answer', status, headers: head.value.headers, ...read.value, address, tls, timing });
}

function failed(course: Course, failure: Failed['failure'], message: string): Failed {
  return { kind: 'failed', failure, message, address: course.address, timing: course.stopwatch.read() };
}
