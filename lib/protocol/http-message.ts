// The parts of an HTTP message that signatures look at. Everything in it is untrusted.

/** Names are lower case; a header that came several times is joined by commas, as API Gateway does. */
export type Headers = Readonly<Record<string, string>>;

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** The Host header, in lower case. */
  readonly authority: string;
  /** Percent-decoded by the gateway; only unreserved characters and slashes pass `isPlainPath`. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  /** The exact bytes. */
  readonly body: Uint8Array;
}

/** What signing gives: the headers to add, and the exact bytes that were signed, for printing and comparing. */
export interface SignedHeaders {
  readonly headers: Record<string, string>;
  readonly signedContent: Buffer;
}

/** A request at our door: with the name by which the gateway itself knows the host. */
export interface ReceivedRequest extends HttpRequest {
  readonly gatewayAuthority: string;
}

const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]*)+$/;

/** True for a path whose decoded and encoded forms are the same text (RFC 3986, unreserved characters only). */
export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path);
}

/** Its value is `1`; any other says nothing. It is not signed, so that the bytes that are stay the same. */
export const REPEAT_HEADER = 'x-signet-repeat';
