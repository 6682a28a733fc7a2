// Evidence: an agent's account of how it resolved one link, signed as a JWS (RFC 7515, EdDSA).

/** The `typ` of the protected header. The header also has `alg: EdDSA` and `kid` (the agent id), never `jku` or `jwk`. */
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
  unsafe_target: ['address_not_global', 'scheme_not_http', 'url_malformed', 'credentials_in_url'],
  skipped: ['host_denied'],
  inconclusive: ['agent_error'],
} as const satisfies Record<string, readonly string[]>;

export type Conclusion = keyof typeof REASONS_BY_CONCLUSION;
export type Reason = (typeof REASONS_BY_CONCLUSION)[Conclusion][number];

/** How a hop redirects to the next one. The last hop has `none`. */
export type HopKind = 'http' | 'refresh_header' | 'meta_refresh' | 'script' | 'none';

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
  /** The names of cookies without their values, because the values are private to the user. */
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
}
