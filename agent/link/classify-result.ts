// From a trail and what the partner expected to the conclusion: pure, and only rows of REASONS_BY_CONCLUSION.

import { getDomain } from 'tldts';
import type { Answer } from '../../lib/net/exchange.ts';
import {
  type Conclusion,
  ERROR_LIMIT_CHARACTERS,
  type REASONS_BY_CONCLUSION,
  type Reason,
} from '../../lib/protocol/evidence/evidence.ts';
import type { Trail, TrailEnding } from './trail.ts';

/** A conclusion with a reason that belongs to it; any other pair does not compile. */
type Pair = {
  [C in Conclusion]: { readonly conclusion: C; readonly reason: (typeof REASONS_BY_CONCLUSION)[C][number] };
};

export type Finding = {
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  /** Where the trail ended; only when an answer came from there. */
  readonly finalUrl?: string | undefined;
  /** One sentence for a person. */
  readonly error?: string | undefined;
};

/** `expectedDomain` is the partner's text; without one any 2xx answer is valid. */
export function classifyResult({ ending }: Trail, expectedDomain?: string | undefined): Finding {
  const { error, ...finding } = ENDINGS[ending.kind](ending as never, expectedDomain);
  return error === undefined ? finding : { ...finding, error: error.slice(0, ERROR_LIMIT_CHARACTERS) };
}

type Ending<K extends TrailEnding['kind']> = Extract<TrailEnding, { kind: K }>;

const ENDINGS: { readonly [K in TrailEnding['kind']]: (ending: Ending<K>, expectedDomain?: string) => Finding } = {
  answered: (ending, expectedDomain) => classifyAnswer(ending, expectedDomain),
  failed: ({ failure, message }) => ({ ...FAILURES[failure], error: sentence(FAILURE_TEXTS[failure], message) }),
  timed_out: ({ limit }) => ({ conclusion: 'timeout', reason: limit, error: TIMEOUT_TEXTS[limit] }),
  refused: ({ problem, message }) => ({
    conclusion: 'unsafe_target',
    reason: problem,
    error: sentence('The link leads where the agent does not go', message),
  }),
  url_repeated: () => ({ conclusion: 'redirect_loop', reason: 'url_repeated', error: 'The redirects go in a circle.' }),
  hop_limit: () => ({ conclusion: 'too_many_redirects', reason: 'hop_limit', error: 'There are too many redirects.' }),
  agent_error: ({ message }) => ({
    conclusion: 'inconclusive',
    reason: 'agent_error',
    error: sentence('The agent failed', message),
  }),
};

const FAILURES = {
  refused_address: { conclusion: 'unsafe_target', reason: 'address_not_global' },
  dns_failed: { conclusion: 'unreachable', reason: 'dns_failed' },
  connection_failed: { conclusion: 'unreachable', reason: 'connection_failed' },
  tls_failed: { conclusion: 'unreachable', reason: 'tls_failed' },
  http_malformed: { conclusion: 'unreachable', reason: 'http_malformed' },
} as const satisfies Record<string, Pair[Conclusion]>;

const FAILURE_TEXTS: Readonly<Record<keyof typeof FAILURES, string>> = {
  refused_address: 'The host has an address that the agent does not go to',
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
  const found = classifyStatus(answer);
  if (found) return { ...found, finalUrl: finalUrl.href, error: `The last answer was ${answer.status}.` };
  if (expectedDomain === undefined || isExpectedHost(finalUrl.hostname, expectedDomain)) {
    return { conclusion: 'valid', reason: 'final_ok', finalUrl: finalUrl.href };
  }
  const error = `The link ends at ${finalUrl.hostname}, not at ${expectedDomain}.`;
  return { conclusion: 'changed', reason: 'final_domain_differs', finalUrl: finalUrl.href, error };
}

const BLOCKED: Readonly<Record<number, Pair['blocked']>> = {
  401: { conclusion: 'blocked', reason: 'status_401' },
  403: { conclusion: 'blocked', reason: 'status_403' },
  429: { conclusion: 'blocked', reason: 'status_429' },
  451: { conclusion: 'blocked', reason: 'status_451' },
};

/** Undefined for a 2xx. A 3xx that leads nowhere is broken, whatever its number. */
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
 * True when both have the same registrable domain. Domains under which strangers live side by side (`github.io`) count as
 * suffixes, unless the partner expects that very suffix. Without a registrable domain (IP, localhost) hosts must be equal.
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

/** Partners write `example.com`, `Example.com:443` and `https://www.example.com/shop`; all of it is untrusted. */
function hostOf(text: string): string | undefined {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
  return url ? withoutRootDot(url.hostname) : undefined;
}

function withoutRootDot(hostname: string): string {
  return hostname.replace(/\.$/, '');
}
