// The types of a guarded HTTP exchange: its request, its answer and its failures.
import type { IncomingHttpHeaders } from 'node:http';
import type { Verdict } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';

/** The request of one exchange. The URL and the headers may be untrusted. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** Names in lower case. The exchange sets `host`, `connection`, `content-length` and `accept-encoding` itself. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The exact bytes to send. */
  readonly body?: Uint8Array | undefined;
  /** Time limit for the whole exchange, from the name lookup to the last byte read. */
  readonly timeoutMs: number;
  /**
   * How much of the body is read. A longer body is truncated, which is not an error; 0 reads nothing. A function chooses
   * the limit by the status of the answer.
   */
  readonly bodyLimitBytes: number | ((status: number) => number);
  /** Certificate authorities in PEM to trust in place of Node's own, for tests and private authorities. */
  readonly ca?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves a name to all its addresses, in the order in which they should be tried. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/** What an exchange needs from its caller. */
export interface ExchangePorts {
  readonly policy: AddressPolicy;
  /** @default the resolver of the operating system */
  readonly lookup?: Lookup | undefined;
  /** A monotonic clock in milliseconds. @default `performance.now` */
  readonly monotonicMs?: (() => number) | undefined;
}

/** How an exchange can fail. The codes are stable. */
export type ExchangeFailure =
  | 'refused_address'
  | 'dns_failed'
  | 'connection_failed'
  | 'tls_failed'
  | 'timeout'
  | 'http_malformed';

/** The verdict of one step of the exchange. `reason` is a sentence for a person. */
export type Step<T> = Verdict<T, ExchangeFailure>;

/** Milliseconds of each phase. A phase that did not happen is absent. */
export interface ExchangeTiming {
  readonly dnsMs?: number | undefined;
  readonly connectMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
}

/** What is recorded of a TLS connection. */
export interface TlsFacts {
  readonly protocol: string;
  /** RFC 3339, in UTC. */
  readonly certificateEndsAt: string;
}

/** An answer. Its status, headers and body are untrusted. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case. `set-cookie` is a list. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** True when the body is or may be incomplete: the limit was reached, or the connection ended early. */
  readonly truncated: boolean;
  readonly address: string;
  readonly tls?: TlsFacts | undefined;
  readonly timing: ExchangeTiming;
}

/** A failed exchange. */
export interface Failed {
  readonly kind: 'failed';
  readonly failure: ExchangeFailure;
  /** A sentence for a person. */
  readonly message: string;
  /** The IP address to which the socket was connected. Absent when there was no connection. */
  readonly address?: string | undefined;
  readonly timing: ExchangeTiming;
}

export type ExchangeResult = Answer | Failed;
