// Evidence: an agent's account of how it resolved one link, signed as a JWS (RFC 7515, EdDSA).

/** The `typ` of the protected header. The header also has `alg: EdDSA` and `kid` (the agent id), and nothing else. */
export const EVIDENCE_TYPE = 'signet-evidence+jws';

/** The maximum length of a compact JWS. */
export const EVIDENCE_LIMIT_BYTES = 65_536;

/** A longer final URL is left out, and `error` says so. It is not cut, because a cut URL is a different URL. */
export const FINAL_URL_LIMIT_CHARACTERS = 4_096;

/** The maximum length of `error` in evidence. */
export const ERROR_LIMIT_CHARACTERS = 512;

/**
 * The maximum length of a URL in a hop. A longer URL is replaced by its first bytes, `#sha256=` and the hash of the whole
 * URL in hex. The replacement has at most this length.
 */
export const HOP_URL_LIMIT_BYTES = 2_048;

/** The maximum length of a URL in a hop of evidence that was trimmed. */
export const TRIMMED_URL_LIMIT_BYTES = 256;

/** The maximum number of hops. The agent makes fewer. */
export const HOPS_LIMIT = 32;

/** The maximum number of names in a list, and of characters in a name. */
export const NAMES_LIMIT = 32;
export const NAME_LIMIT_CHARACTERS = 64;

/** The maximum length of the essence of a content type. */
export const CONTENT_TYPE_LIMIT_CHARACTERS = 128;

/** How far the times of evidence may be outside its lease, in milliseconds. */
export const EVIDENCE_CLOCK_TOLERANCE_MS = 300_000;

/** A control character (C0, DEL or C1). Only the tracking URL, which is the partner's text, may have one. */
export const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * A control character that a name in a list may not have. C1 is allowed there, because agents of version 0.1 report the
 * bytes of a cookie's name as Latin-1.
 */
export const CONTROL_CHARACTER_IN_NAME = /[^\P{Cc}\u0080-\u009f]/u;

/**
 * The reasons that each conclusion may have. The agent chooses a pair, and the relay refuses every pair that is not here.
 * A new reason is a wire change.
 */
export const REASONS_BY_CONCLUSION = {
  valid: ['final_ok'],
  changed: ['final_domain_differs'],
  blocked: ['status_401', 'status_403', 'status_429', 'status_451', 'bot_wall'],
  broken: ['status_client_error', 'status_server_error', 'soft_not_found', 'redirect_without_location'],
  unreachable: ['dns_failed', 'connection_failed', 'tls_failed', 'http_malformed'],
  timeout: ['hop_timeout', 'total_timeout'],
  redirect_loop: ['url_repeated'],
  too_many_redirects: ['hop_limit'],
  unsafe_target: [
    'address_not_global',
    'address_own_network',
    'scheme_not_http',
    'url_malformed',
    'credentials_in_url',
  ],
  skipped: ['host_denied'],
  inconclusive: ['agent_error'],
} as const satisfies Record<string, readonly string[]>;

export type Conclusion = keyof typeof REASONS_BY_CONCLUSION;
export type Reason = (typeof REASONS_BY_CONCLUSION)[Conclusion][number];

/**
 * The first and the last status that the last hop may have, for each reason that is about an answer. Such evidence has the
 * final URL of that answer.
 */
export const STATUSES_BY_REASON: { readonly [R in Reason]?: readonly [number, number] } = {
  final_ok: [200, 299],
  final_domain_differs: [200, 299],
  status_401: [401, 401],
  status_403: [403, 403],
  status_429: [429, 429],
  status_451: [451, 451],
  bot_wall: [200, 999],
  status_client_error: [400, 499],
  status_server_error: [500, 999],
  soft_not_found: [200, 299],
  redirect_without_location: [300, 399],
};

/** How a hop redirects to the next one. The last hop has `none`. */
export type HopKind = (typeof HOP_KINDS)[number];
export const HOP_KINDS = ['http', 'refresh_header', 'meta_refresh', 'script', 'none'] as const;

/** Milliseconds of each phase of one exchange. A phase that did not happen is absent. */
interface HopTiming {
  readonly dnsMs?: number | undefined;
  readonly connectMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
}

/** One request of the redirect chain. `kind`, `parameters…` and `downgraded` describe how this hop redirects. */
export interface Hop {
  readonly url: string;
  readonly kind: HopKind;
  /** Absent when there was no response. */
  readonly status?: number | undefined;
  /** The IP address to which the socket was connected. */
  readonly address?: string | undefined;
  readonly tls?: { readonly protocol: string; readonly certificateEndsAt: string } | undefined;
  readonly timing: HopTiming;
  /** The essence of the answer's content type, such as `text/html`, in lower case. */
  readonly contentType?: string | undefined;
  /** SHA-256 of the answer's body in base64url. Absent when the body was not read, or not to its end. */
  readonly bodySha256?: string | undefined;
  /** The names of the cookies that the request sent. */
  readonly cookieNamesSent?: readonly string[] | undefined;
  /** The names of the cookies that the answer sets, without their values: the values are private to the user. */
  readonly cookieNames?: readonly string[] | undefined;
  readonly parametersGained?: readonly string[] | undefined;
  readonly parametersLost?: readonly string[] | undefined;
  /** This hop redirects from https to http. */
  readonly downgraded?: true | undefined;
}

/** The payload of the JWS. It is the relay's only source for the conclusion and the final URL. */
export interface EvidencePayload {
  readonly accountId: string;
  readonly agentId: string;
  readonly jobId: string;
  readonly createdAt: string;
  readonly fence: number;
  readonly trackingUrl: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly hops: readonly Hop[];
  readonly finalUrl?: string | undefined;
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  /** A sentence for a person, when the conclusion needs an explanation. */
  readonly error?: string | undefined;
  /** Details were dropped, because the evidence would have been too large. */
  readonly trimmed?: true | undefined;
}
