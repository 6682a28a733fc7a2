// The parts of an HTTP message that a signature may cover. All of it is untrusted.

/** Headers by lower-case name. A repeated header's values are joined with commas, as API Gateway joins them. */
export type Headers = Readonly<Record<string, string>>;

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** The Host header, in lower case. */
  readonly authority: string;
  /** The gateway has percent-decoded it. `isPlainPath` accepts only unreserved characters and slashes. */
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  /** The exact bytes. */
  readonly body: Uint8Array;
}

/** The headers that signing adds, and the exact bytes that it signed, so that a caller can print and compare them. */
export interface SignedHeaders {
  readonly headers: Record<string, string>;
  readonly signedContent: Buffer;
}

/** A request that the relay received. */
export interface ReceivedRequest extends HttpRequest {
  /** The gateway's own domain name (`requestContext.domainName`). The sender cannot choose it. */
  readonly gatewayAuthority: string;
}

const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]*)+$/;

/** Returns true for a path that percent-decoding does not change: it has only unreserved characters (RFC 3986). */
export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path);
}

/**
 * The header by which an agent marks a pull that it sends again. Its value is `1`; any other value has no effect.
 * No signature covers it, so the repeated pull keeps its signed bytes.
 */
export const REPEAT_HEADER = 'x-signet-repeat';
