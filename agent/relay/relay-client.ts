// Signed requests to the relay. The operator sets the relay's URL, so the address policy does not apply to it.
import type { KeyObject } from 'node:crypto';
import { type RawAnswer, type RelayOutcome, readRelayAnswer, serverTimeMs } from '../../lib/api/relay-answer.ts';
import type { Route } from '../../lib/api/routes.ts';
import { type SignatureTag, signRfc9421 } from '../../lib/protocol/signatures/rfc9421.ts';
import type { RelayClock } from './relay-clock.ts';

/** Who calls which relay. */
export interface RelayCaller {
  readonly relayUrl: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly tag: SignatureTag;
}

/** The clock and the randomness of a call. */
export interface RelayPorts {
  readonly clock: RelayClock;
  /** Returns a new nonce each time. */
  readonly nonce: () => string;
  /** Called when the relay's answer shows that this machine's clock is wrong. */
  readonly onSkew: (offsetMs: number) => void;
}

/** One message for the relay. */
export interface RelayCall {
  readonly route: Route;
  readonly message: object;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The code of a failure without an answer. */
export const NO_ANSWER = 'relay_unreachable';

/** A request ready to send. Sending it again sends the same bytes. */
export interface SignedRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The relay's time when it was signed, as far as it was known then. */
  readonly signedAtMs: number;
}

/**
 * Posts one message and returns the outcome. When the relay refuses the timestamp, the request is signed again by the
 * relay's clock and sent once more. It never throws for what the relay or the network does.
 */
export async function callRelay<T>(caller: RelayCaller, call: RelayCall, ports: RelayPorts): Promise<RelayOutcome<T>> {
  const first = await post<T>(signRequest(caller, call, ports), call, ports);
  return isTimestampRefused(first) ? post<T>(signRequest(caller, call, ports), call, ports) : first;
}

/** Returns whether the relay refused the timestamp of a request. */
export function isTimestampRefused(outcome: RelayOutcome<unknown>): boolean {
  return outcome.kind !== 'answered' && outcome.code === 'timestamp_out_of_range';
}

/** Posts a signed request and returns the outcome. It never throws for what the relay or the network does. */
export async function post<T>(
  request: SignedRequest,
  limits: Pick<RelayCall, 'timeoutMs' | 'signal'>,
  ports: RelayPorts,
): Promise<RelayOutcome<T>> {
  const answer = await send(request, limits);
  if (answer instanceof Error) return { kind: 'retry', code: NO_ANSWER, detail: describeFault(answer) };
  const timeMs = serverTimeMs(answer);
  if (timeMs !== undefined && ports.clock.sync(timeMs)) ports.onSkew(ports.clock.offsetMs());
  return readRelayAnswer<T>(answer);
}

async function send(
  { url, method, headers, body }: SignedRequest,
  limits: Pick<RelayCall, 'timeoutMs' | 'signal'>,
): Promise<RawAnswer | Error> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const signal = limits.signal ? AbortSignal.any([timeout, limits.signal]) : timeout;
  try {
    return await readAnswer(await fetch(url, { method, headers, body, redirect: 'manual', signal }));
  } catch (error) {
    return error as Error;
  }
}

/** Returns the signed request for a message. */
export function signRequest(caller: RelayCaller, { route, message }: RelayCall, ports: RelayPorts): SignedRequest {
  const { method, path } = route;
  const url = new URL(path, caller.relayUrl);
  const body = Buffer.from(JSON.stringify(message));
  const headers = { 'content-type': 'application/json' };
  const request = { method, authority: url.host, path: url.pathname, query: url.search.slice(1), headers, body };
  const key = { keyId: caller.keyId, algorithm: 'ed25519', privateKey: caller.privateKey } as const;
  const signedAtMs = ports.clock.nowMs();
  const options = { timestampMs: signedAtMs, nonce: ports.nonce(), tag: caller.tag };
  const signed = signRfc9421(request, key, options).headers;
  return { url, method, headers: { ...headers, ...signed }, body, signedAtMs };
}

async function readAnswer(response: Response): Promise<RawAnswer> {
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after') ?? undefined,
    text: await response.text(),
  };
}

/** Returns the cause of a failed fetch, because its own message says nothing. */
function describeFault(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.name;
}
