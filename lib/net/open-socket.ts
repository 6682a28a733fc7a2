// Connected sockets: checks the address of the peer before the first byte is sent, and adds TLS.
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { accept, refuse } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { Step, TlsFacts } from './exchange.ts';
import type { HttpUrl } from './http-url.ts';

/** The time after which the next of several addresses is tried. Node's default of 250 ms fails on slow lines. */
const ATTEMPT_TIMEOUT_MS = 1_000;

/** A connected socket with an allowed peer. */
export interface CheckedSocket {
  readonly socket: Socket;
  /** The address of the peer, in canonical form. */
  readonly address: string;
}

/**
 * Connects to one of the addresses and returns the socket.
 * The policy decides again on the address of the connected peer. It can differ from the requested one: `0.0.0.0` connects
 * to this machine, and a connection may be redirected on its way.
 */
export async function openSocket(
  url: HttpUrl,
  addresses: readonly string[],
  options: { readonly policy: AddressPolicy; readonly signal: AbortSignal },
): Promise<Step<CheckedSocket>> {
  const socket = connect({
    host: addresses.length === 1 ? (addresses[0] ?? '') : url.hostname,
    port: url.port,
    lookup: answerWith(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
  });
  const connected = await untilEvent(socket, 'connect', options.signal);
  const step = connected.ok ? decidePeer(socket, url.port, options.policy) : connected;
  if (!step.ok) socket.destroy();
  return step;
}

function decidePeer(socket: Socket, port: number, policy: AddressPolicy): Step<CheckedSocket> {
  if (!socket.remoteAddress) return refuse('connection_failed', 'the connection ended immediately');
  const decision = policy.decide(socket.remoteAddress, port);
  return decision.ok ? accept({ socket, address: decision.value }) : refuse('refused_address', decision.reason);
}

/** Returns a `lookup` that answers only with the checked addresses. Node calls it for names, never for literals. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, _options, callback) => callback(null, known);
}

/** Returns a TLS connection over a socket with a checked peer. It verifies the certificate for the URL's host. */
export async function secureSocket(
  socket: Socket,
  url: HttpUrl,
  options: { readonly ca?: string | undefined; readonly signal: AbortSignal },
): Promise<Step<TLSSocket>> {
  const secured = tlsConnect({
    socket,
    host: url.hostname,
    ...(url.isLiteral ? {} : { servername: url.hostname }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ALPNProtocols: ['http/1.1'],
  });
  const step = await untilEvent(secured, 'secureConnect', options.signal);
  if (step.ok) return accept(secured);
  secured.destroy();
  return step.problem === 'connection_failed' ? refuse('tls_failed', step.reason) : step;
}

/** Returns what is recorded of a TLS connection. */
export function describeTls(socket: TLSSocket): TlsFacts {
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    certificateEndsAt: new Date(socket.getPeerCertificate().valid_to).toISOString(),
  };
}

function untilEvent(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Step<undefined>> {
  return new Promise((resolve) => {
    const onAbort = () => resolve(refuse('timeout', `no ${event} in time`));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(event, () => resolve(accept(undefined)));
    socket.on('error', (error) => resolve(refuse('connection_failed', nameError(error))));
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(refuse('connection_failed', 'the connection was closed'));
    });
  });
}

/** Returns Node's error code, which is short, stable and free of untrusted text. Returns the message if there is none. */
export function nameError(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
