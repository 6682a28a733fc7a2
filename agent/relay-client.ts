// Signed requests to the relay. The relay's URL is the operator's own, so the address policy does not apply to it.
import type { KeyObject } from 'node:crypto';
import { type SignatureTag, signRfc9421 } from '../lib/protocol/rfc9421.ts';
import { type RawAnswer, type RelayOutcome, readRelayAnswer, serverTimeMs } from '../lib/relay/relay-answer.ts';
import type { Route } from '../lib/relay/routes.ts';
import type { RelayClock } from './relay-clock.ts';

export interface RelayCaller {
  readonly relayUrl: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly tag: SignatureTag;
}

export interface RelayPorts {
  readonly clock: RelayClock;
  /** A fresh nonce each time. */
  readonly nonce: () => string;
  /** Told when the relay's answer shows that this machine's clock is off. */
  readonly onSkew: (offsetMs: number) => void;
}

export interface RelayCall {
  readonly route: Route;
  readonly message: object;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Posts one message. A request refused for its time is signed anew once, at once, by the relay's clock.
 * Never throws for what the relay or the network does.
 */
export async function callRelay<T>(caller: RelayCaller, call: RelayCall, ports: RelayPorts): Promise<RelayOutcome<T>> {
  const first = await post<T>(caller, call, ports);
  const isOutOfTime = first.kind !== 'answered' && first.code === 'timestamp_out_of_range';
  return isOutOfTime ? post<T>(caller, call, ports) : first;
}

async function post<T>(caller: RelayCaller, call: RelayCall, ports: RelayPorts): Promise<RelayOutcome<T>> {
  const answer = await send(caller, call, ports);
  if (answer instanceof Error) return { kind: 'retry', code: 'relay_unreachable', detail: nameFault(answer) };
  const timeMs = serverTimeMs(answer);
  if (timeMs !== undefined && ports.clock.adopt(timeMs)) ports.onSkew(ports.clock.offsetMs());
  return readRelayAnswer<T>(answer);
}

async function send(caller: RelayCaller, call: RelayCall, ports: RelayPorts): Promise<RawAnswer | Error> {
  const url = new URL(call.route.path, caller.relayUrl);
  const body = Buffer.from(JSON.stringify(call.message));
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
  const headers = signedHeaders(caller, { method: call.route.method, url, body }, ports);
  try {
    return await readAnswer(await fetch(url, { method: call.route.method, headers, body, redirect: 'manual', signal }));
  } catch (error) {
    return error as Error;
  }
}

interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly body: Uint8Array;
}

function signedHeaders(
  caller: RelayCaller,
  { method, url, body }: Outgoing,
  ports: RelayPorts,
): Record<string, string> {
  const headers = { 'content-type': 'application/json' };
  const request = { method, authority: url.host, path: url.pathname, query: url.search.slice(1), headers, body };
  const key = { keyId: caller.keyId, algorithm: 'ed25519', privateKey: caller.privateKey } as const;
  const options = { timestampMs: ports.clock.nowMs(), nonce: ports.nonce(), tag: caller.tag };
  return { ...headers, ...signRfc9421(request, key, options).headers };
}

async function readAnswer(response: Response): Promise<RawAnswer> {
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after') ?? undefined,
    text: await response.text(),
  };
}

/** `fetch failed` says nothing; its cause does. */
function nameFault(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.name;
}
