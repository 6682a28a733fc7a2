// A connected socket, its real peer checked before the first byte, then TLS on top when the URL wants it.
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { accept, refuse } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { Step, TlsFacts } from './exchange.ts';
import type { HttpUrl } from './http-url.ts';

/** How long one of several addresses may take before the next is tried; Node's 250 ms fails on slow lines. */
const ATTEMPT_TIMEOUT_MS = 1_000;

export interface CheckedSocket {
  readonly socket: Socket;
  /** Canonical, as the policy accepted it. */
  readonly address: string;
}

/**
 * Connects to one of the addresses. The policy decides again on the address that the socket really has:
 * `0.0.0.0` lands on this machine, and a connect may be redirected on the way.
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
  if (!socket.remoteAddress) return refuse('connection_failed', 'the connection ended at once');
  const decision = policy.decide(socket.remoteAddress, port);
  return decision.ok ? accept({ socket, address: decision.value }) : refuse('refused_address', decision.reason);
}

/** A `lookup` that only knows the addresses which were decided on. Node calls it for names, never for literals. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, _options, callback) => callback(null, known);
}

/** TLS over a socket whose peer was checked. */
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

export function describeTls(socket: TLSSocket): TlsFacts {
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    certificateEndsAt: new Date(socket.getPeerCertificate().valid_to).toISOString(),
  };
}

function untilEvent(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Step<undefined>> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(refuse('timeout', `no ${event} in time`));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once(event, () => resolve(accept(undefined)));
    socket.on('error', (error) => resolve(refuse('connection_failed', nameError(error))));
    socket.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      resolve(refuse('connection_failed', 'the connection was closed'));
    });
  });
}

/** Node's own code where there is one: short, stable, and without other people's text. */
export function nameError(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
