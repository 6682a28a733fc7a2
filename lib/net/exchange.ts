// The words of one guarded HTTP exchange: what goes in, what comes out, how it can fail. Types only.
import type { IncomingHttpHeaders } from 'node:http';
import type { Verdict } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';

export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** Lower-case names. `host`, `connection`, `content-length` and `accept-encoding` are ours. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as these exact bytes. */
  readonly body?: Uint8Array | undefined;
  /** For everything from name lookup to the last byte read. */
  readonly timeoutMs: number;
  /** Reading stops there, which is no error. With a function the answer's status decides; 0 reads nothing. */
  readonly bodyLimitBytes: number | ((status: number) => number);
  /** Extra trust anchors in PEM, for tests and private authorities. */
  readonly ca?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All addresses of a name, in the order in which they should be tried. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface ExchangePorts {
  readonly policy: AddressPolicy;
  /** The system's resolver unless given. */
  readonly lookup?: Lookup | undefined;
  /** A monotonic clock in milliseconds. */
  readonly monotonicMs?: (() => number) | undefined;
}

export type ExchangeFailure =
  | 'refused_address'
  | 'dns_failed'
  | 'connection_failed'
  | 'tls_failed'
  | 'timeout'
  | 'http_malformed';

/** One step of the exchange: its value, or how the exchange failed there and a sentence for a person. */
export type Step<T> = Verdict<T, ExchangeFailure>;

/** Milliseconds spent in each phase; a phase that did not happen is absent. */
export interface ExchangeTiming {
  readonly dnsMs?: number | undefined;
  readonly connectMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
}

export interface TlsFacts {
  readonly protocol: string;
  /** RFC 3339, UTC. */
  readonly certificateEndsAt: string;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Lower-case names; `set-cookie` is a list. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** There was, or may have been, more body: the limit was reached or the connection ended early. */
  readonly truncated: boolean;
  readonly address: string;
  readonly tls?: TlsFacts | undefined;
  readonly timing: ExchangeTiming;
}

export interface Failed {
  readonly kind: 'failed';
  readonly failure: ExchangeFailure;
  readonly message: string;
  /** The address that the socket was connected to, if it got that far. */
  readonly address?: string | undefined;
  readonly timing: ExchangeTiming;
}

export type ExchangeResult = Answer | Failed;
