// The conclusion about a trail, given what the partner expected. Pure, and limited to rows of REASONS_BY_CONCLUSION.

import { getDomain } from 'tldts';
import type { Answer } from '../../lib/net/exchange.ts';
import {
  type Conclusion,
  ERROR_LIMIT_CHARACTERS,
  type REASONS_BY_CONCLUSION,
  type Reason,
} from '../../lib/protocol/evidence/evidence.ts';
import { plainText } from './plain-text.ts';
import type { Trail, TrailEnding } from './trail.ts';

/** A conclusion with one of its own reasons. Any other pair does not compile. */
type Pair = {
  [C in Conclusion]: { readonly conclusion: C; readonly reason: (typeof REASONS_BY_CONCLUSION)[C][number] };
};

/** The conclusion about a link. */
export type Finding = {
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  /** Where the trail ended. Present only when an answer came from there. */
  readonly finalUrl?: string | undefined;
  /** One sentence for people. */
  readonly error?: string | undefined;
};

/**
 * Returns the conclusion about a trail. Without an expected domain (the partner's text, untrusted) any 2xx answer is
 * valid.
 */
export function classifyResult({ ending }: Trail, expectedDomain?: string | undefined): Finding {
  const { error, ...finding } = ENDINGS[ending.kind](ending as never, expectedDomain);
  return error === undefined ? finding : { ...finding, error: plainText(error, ERROR_LIMIT_CHARACTERS) };
}

type Ending<K extends TrailEnding['kind']> = Extract<TrailEnding, { kind: K }>;

const ENDINGS: { readonly [K in TrailEnding['kind']]: (ending: Ending<K>, expectedDomain?: string) => Finding } = {
  answered: (ending, expectedDomain) => classifyAnswer(ending, expectedDomain),
  failed: ({ failure, message }) => ({ ...FAILURES[failure], error: sentence(FAILURE_TEXTS[failure], message) }),
  timed_out: ({ limit }) => ({ conclusion: 'timeout', reason: limit, error: TIMEOUT_TEXTS[limit] }),
  refused: ({ problem, message }) => ({
    conclusion: 'unsafe_target',
    reason: problem,
    error: sentence('The agent refuses a URL of the link', message),
  }),
  url_repeated: () => ({ conclusion: 'redirect_loop', reason: 'url_repeated', error: 'The redirects form a loop.' }),
  hop_limit: () => ({ conclusion: 'too_many_redirects', reason: 'hop_limit', error: 'There are too many redirects.' }),
  agent_error: ({ message }) => ({
    conclusion: 'inconclusive',
    reason: 'agent_error',
    error: sentence('The agent failed', message),
  }),
};

const FAILURES = {
  refused_address: { conclusion: 'unsafe_target', reason: 'address_not_global' },
  refused_own_network: { conclusion: 'unsafe_target', reason: 'address_own_network' },
  dns_failed: { conclusion: 'unreachable', reason: 'dns_failed' },
  connection_failed: { conclusion: 'unreachable', reason: 'connection_failed' },
  tls_failed: { conclusion: 'unreachable', reason: 'tls_failed' },
  http_malformed: { conclusion: 'unreachable', reason: 'http_malformed' },
} as const satisfies Record<string, Pair[Conclusion]>;

const FAILURE_TEXTS: Readonly<Record<keyof typeof FAILURES, string>> = {
  refused_address: 'The agent refuses the address of the host',
  refused_own_network: 'The agent refuses the address of the host',
  dns_failed: 'The host name cannot be resolved',
  connection_failed: 'No connection could be made, or it ended before an answer',
  tls_failed: 'TLS could not be set up',
  http_malformed: 'The answer is not HTTP',
};

const TIMEOUT_TEXTS = {
  hop_timeout: 'A server on the way did not answer in time.',
  total_timeout: 'The whole chain took too long.',
};

function classifyAnswer({ answer, finalUrl }: Ending<'answered'>, expectedDomain?: string): Finding {
  if (answer.status < 200) return NO_FINAL_STATUS;
  const found = classifyStatus(answer);
  if (found) return { ...found, finalUrl: finalUrl.href, error: `The last answer was ${answer.status}.` };
  if (expectedDomain === undefined || isExpectedHost(finalUrl.hostname, expectedDomain)) {
    return { conclusion: 'valid', reason: 'final_ok', finalUrl: finalUrl.href };
  }
  const error = `The link ends at ${finalUrl.hostname}, not at ${expectedDomain}.`;
  return { conclusion: 'changed', reason: 'final_domain_differs', finalUrl: finalUrl.href, error };
}

/** An answer such as `HTTP/1.1 000` or `199`. */
const NO_FINAL_STATUS: Finding = { ...FAILURES.http_malformed, error: 'The last answer has no final status.' };

const BLOCKED: Readonly<Record<number, Pair['blocked']>> = {
  401: { conclusion: 'blocked', reason: 'status_401' },
  403: { conclusion: 'blocked', reason: 'status_403' },
  429: { conclusion: 'blocked', reason: 'status_429' },
  451: { conclusion: 'blocked', reason: 'status_451' },
};

/** Returns undefined for a 2xx. A 3xx without a target is broken, with any status. */
function classifyStatus({ status, headers }: Answer): Pair['blocked' | 'broken'] | undefined {
  if (headers['cf-mitigated'] === 'challenge') return { conclusion: 'blocked', reason: 'bot_wall' };
  if (BLOCKED[status]) return BLOCKED[status];
  if (status >= 500) return { conclusion: 'broken', reason: 'status_server_error' };
  if (status >= 400) return { conclusion: 'broken', reason: 'status_client_error' };
  return status >= 300 ? { conclusion: 'broken', reason: 'redirect_without_location' } : undefined;
}

function sentence(text: string, detail: string): string {
  return `${text}: ${detail}.`;
}

/**
 * Returns whether both have the same registrable domain. A domain under which unrelated sites live (`github.io`) counts
 * as a suffix, unless the partner expects exactly that suffix. Hosts without a registrable domain (IP addresses,
 * localhost) must be equal.
 */
export function isExpectedHost(hostname: string, expectedDomain: string): boolean {
  const expected = hostOf(expectedDomain);
  if (expected === undefined) return false;
  for (const allowPrivateDomains of [true, false]) {
    const domain = getDomain(expected, { allowPrivateDomains });
    if (domain !== null) return domain === getDomain(hostname, { allowPrivateDomains });
  }
  return expected === withoutRootDot(hostname);
}

/**
 * Returns the host in the partner's untrusted text: `example.com`, `Example.com:443` or `https://www.example.com/shop`.
 */
function hostOf(text: string): string | undefined {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
  return url ? withoutRootDot(url.hostname) : undefined;
}

function withoutRootDot(hostname: string): string {
  return hostname.replace(/\.$/, '');
}
