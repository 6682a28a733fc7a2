// Evidence: what an agent says it saw while it resolved one link, signed as a JWS (RFC 7515, EdDSA).

/** The `typ` of the protected header. The header also has `alg: EdDSA` and `kid` (the agent id), never `jku` or `jwk`. */
export const EVIDENCE_TYPE = 'signet-evidence+jws';

/** A compact JWS may be this long. */
export const EVIDENCE_LIMIT_BYTES = 65_536;

/** A longer final URL is left out, and `error` says so: half a URL would be another one. */
export const FINAL_URL_LIMIT_CHARACTERS = 4_096;

export const ERROR_LIMIT_CHARACTERS = 512;

/** URLs in hops longer than this become their first bytes, then `#sha256=` and the hexadecimal hash of the whole; together no longer than this. */
export const HOP_URL_LIMIT_BYTES = 2_048;

/**
 * Every reason that a conclusion may carry. The agent chooses a row, the relay refuses any other pair.
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

/** How a hop led on to the next one; `none` is the last. */
export type HopKind = 'http' | 'refresh_header' | 'meta_refresh' | 'script' | 'none';

/** Milliseconds spent in each phase of one exchange; a phase that did not happen is absent. */
interface HopTiming {
  readonly dnsMs?: number | undefined;
  readonly connectMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
}

/** One request of the chain, in the order made. What leads on (kind, parameters, downgrade) stands at the hop that led. */
export interface Hop {
  readonly url: string;
  readonly kind: HopKind;
  /** Absent when no answer came. */
  readonly status?: number | undefined;
  /** The address that the socket was connected to. */
  readonly address?: string | undefined;
  readonly tls?: { readonly protocol: string; readonly certificateEndsAt: string } | undefined;
  readonly timing: HopTiming;
  /** Names only: values are the user's. */
  readonly cookieNames?: readonly string[] | undefined;
  readonly parametersGained?: readonly string[] | undefined;
  readonly parametersLost?: readonly string[] | undefined;
  /** This hop left https for http. */
  readonly downgraded?: true | undefined;
}

/** The payload of the JWS. The relay takes conclusion and final URL from here only. */
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
  /** One sentence for a person; present when the conclusion needs one. */
  readonly error?: string | undefined;
}
