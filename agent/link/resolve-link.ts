// Follows one link from redirect to redirect until something ends the trail. Every hop goes through the guard.

import type { AddressPolicy } from '../../lib/net/address-policy.ts';
import type { Answer, ExchangeRequest, ExchangeResult, Failed } from '../../lib/net/exchange.ts';
import { parseHttpUrl } from '../../lib/net/http-url.ts';
import type { Hop } from '../../lib/protocol/evidence/evidence.ts';
import type { LinkContext } from '../../lib/protocol/messages.ts';
import { type CookieJar, cookieHeader, storeCookies } from './cookie-jar.ts';
import { describeHop } from './describe-hop.ts';
import { findNextHop, joinTarget } from './next-hop.ts';
import { TRAIL_LIMITS, type Trail, type TrailEnding } from './trail.ts';

export interface LinkToResolve {
  /** Untrusted. */
  readonly trackingUrl: string;
  /** Untrusted. */
  readonly context?: LinkContext | undefined;
}

export interface ResolvePorts {
  /** The guarded request, with its policy bound. */
  readonly exchange: (request: ExchangeRequest) => Promise<ExchangeResult>;
  readonly policy: AddressPolicy;
  readonly monotonicMs: () => number;
  /** Epoch milliseconds, for the lifetimes of cookies. */
  readonly nowMs: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Record<keyof typeof TRAIL_LIMITS, number>> | undefined;
}

/** The trail so far. */
interface Walk {
  readonly hops: Hop[];
  readonly seen: Set<string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly endsAtMs: number;
  jar: CookieJar;
}

/** Never throws for what a URL or a server does. */
export async function resolveLink(link: LinkToResolve, ports: ResolvePorts): Promise<Trail> {
  const limits = { ...TRAIL_LIMITS, ...ports.limits };
  const walk: Walk = {
    hops: [],
    seen: new Set(),
    headers: headersFor(link.context),
    endsAtMs: ports.monotonicMs() + limits.totalMs,
    jar: [],
  };
  let next: URL | string = link.trackingUrl;
  while (true) {
    const stepped = await step(next, walk, { ...ports, limits });
    if (!(stepped instanceof URL)) return { hops: walk.hops, ending: stepped };
    next = stepped;
  }
}

type StepPorts = ResolvePorts & { readonly limits: Readonly<Record<keyof typeof TRAIL_LIMITS, number>> };

/** One hop: the URL to go on to, or the end. */
async function step(target: URL | string, walk: Walk, ports: StepPorts): Promise<URL | TrailEnding> {
  const parsed = parseHttpUrl(String(target), { policy: ports.policy });
  if (!parsed.ok) return { kind: 'refused', problem: parsed.problem, message: parsed.reason };
  const url = new URL(parsed.value.href);
  if (hasBeenSeen(url, walk)) return { kind: 'url_repeated', url: url.href };
  if (walk.hops.length >= ports.limits.hops) return { kind: 'hop_limit' };
  const leftMs = Math.floor(walk.endsAtMs - ports.monotonicMs());
  if (leftMs <= 0) return { kind: 'timed_out', limit: 'total_timeout' };
  const result = await ports.exchange(requestFor(url, walk, { ...ports, leftMs }));
  if (result.kind === 'answer') return follow(url, result, { walk, nowMs: ports.nowMs() });
  walk.hops.push(describeHop(url, result));
  return endingOf(result, leftMs < ports.limits.hopMs);
}

/** A server may set a cookie and send the browser to the same URL again: only the same URL with the same cookies is a loop. */
function hasBeenSeen(url: URL, walk: Walk): boolean {
  const visit = `${url.href.split('#', 1)[0]} ${cookieHeader(walk.jar, url) ?? ''}`;
  const seen = walk.seen.has(visit);
  walk.seen.add(visit);
  return seen;
}

function requestFor(url: URL, walk: Walk, ports: StepPorts & { readonly leftMs: number }): ExchangeRequest {
  const cookie = cookieHeader(walk.jar, url);
  return {
    method: 'GET',
    url: url.href,
    headers: { ...walk.headers, ...(cookie === undefined ? {} : { cookie }) },
    timeoutMs: Math.min(ports.limits.hopMs, ports.leftMs),
    bodyLimitBytes: (status) => (status >= 300 && status < 400 ? 0 : ports.limits.bodyBytes),
    signal: ports.signal,
  };
}

function follow(url: URL, answer: Answer, { walk, nowMs }: { walk: Walk; nowMs: number }): URL | TrailEnding {
  walk.jar = storeCookies(walk.jar, { url, lines: answer.headers['set-cookie'] ?? [], nowMs });
  const lead = findNextHop(answer);
  const next = lead && joinTarget(lead.target, url);
  walk.hops.push(describeHop(url, answer, lead && { kind: lead.kind, url: next }));
  if (!lead) return { kind: 'answered', finalUrl: url, answer };
  return next ?? { kind: 'refused', problem: 'url_malformed', message: 'the redirect leads to no URL' };
}

function endingOf({ failure, message }: Failed, totalIsNearer: boolean): TrailEnding {
  if (failure !== 'timeout') return { kind: 'failed', failure, message };
  return { kind: 'timed_out', limit: totalIsNearer ? 'total_timeout' : 'hop_timeout' };
}

const DEFAULT_USER_AGENT = 'Mozilla/5.0 (compatible; SignetAgent/0.1)';

/** Header text that cannot travel is left out: a job must not fail for its decoration. */
function headersFor(context: LinkContext | undefined): Readonly<Record<string, string>> {
  const wanted = {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'user-agent': context?.userAgent ?? DEFAULT_USER_AGENT,
    'accept-language': context?.acceptLanguage,
    referer: context?.referer,
  };
  const usable = Object.entries(wanted).filter(([, value]) => value !== undefined && /^[\t\x20-\x7e]+$/.test(value));
  return Object.fromEntries(usable) as Record<string, string>;
}
