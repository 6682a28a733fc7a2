// Follows one link from redirect to redirect until the trail ends. Every hop passes the guard of lib/net.

import type { AddressPolicy } from '../../lib/net/address-policy.ts';
import type { Answer, ExchangeRequest, ExchangeResult, Failed } from '../../lib/net/exchange.ts';
import { parseHttpUrl } from '../../lib/net/http-url.ts';
import type { Hop } from '../../lib/protocol/evidence/evidence.ts';
import type { LinkContext } from '../../lib/protocol/messages.ts';
import { type CookieJar, cookieHeader, storeCookies } from './cookie-jar.ts';
import { describeHop } from './describe-hop.ts';
import { findNextHop, joinTarget } from './next-hop.ts';
import { TRAIL_LIMITS, type Trail, type TrailEnding } from './trail.ts';

/** A link and its context. */
export interface LinkToResolve {
  /** Untrusted. */
  readonly trackingUrl: string;
  /** Untrusted. */
  readonly context?: LinkContext | undefined;
}

/** What resolving a link needs. */
export interface ResolvePorts {
  /** The guarded request, bound to its policy. */
  readonly exchange: (request: ExchangeRequest) => Promise<ExchangeResult>;
  readonly policy: AddressPolicy;
  readonly monotonicMs: () => number;
  /** Epoch milliseconds, for the lifetimes of cookies. */
  readonly nowMs: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Record<keyof typeof TRAIL_LIMITS, number>> | undefined;
}

/** The trail so far. */
interface Progress {
  readonly hops: Hop[];
  readonly seen: Set<string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly endsAtMs: number;
  jar: CookieJar;
}

/** Returns the trail of a link. It never throws for what a URL or a server does. */
export async function resolveLink(link: LinkToResolve, ports: ResolvePorts): Promise<Trail> {
  const limits = { ...TRAIL_LIMITS, ...ports.limits };
  const progress: Progress = {
    hops: [],
    seen: new Set(),
    headers: headersFor(link.context),
    endsAtMs: ports.monotonicMs() + limits.totalMs,
    jar: [],
  };
  let next: URL | string = link.trackingUrl;
  while (true) {
    const stepped = await step(next, progress, { ...ports, limits });
    if (!(stepped instanceof URL)) return { hops: progress.hops, ending: stepped };
    next = stepped;
  }
}

type StepPorts = ResolvePorts & { readonly limits: Readonly<Record<keyof typeof TRAIL_LIMITS, number>> };

/** Makes one hop and returns the next URL, or the end of the trail. */
async function step(target: URL | string, progress: Progress, ports: StepPorts): Promise<URL | TrailEnding> {
  const parsed = parseHttpUrl(String(target), { policy: ports.policy });
  if (!parsed.ok) return { kind: 'refused', problem: parsed.problem, message: parsed.reason };
  const url = new URL(parsed.value.href);
  if (isRepeatedVisit(url, progress)) return { kind: 'url_repeated', url: url.href };
  if (progress.hops.length >= ports.limits.hops) return { kind: 'hop_limit' };
  const leftMs = Math.floor(progress.endsAtMs - ports.monotonicMs());
  if (leftMs <= 0) return { kind: 'timed_out', limit: 'total_timeout' };
  const request = requestFor(url, progress, { ...ports, leftMs });
  const result = await ports.exchange(request);
  const cookie = request.headers?.['cookie'];
  if (result.kind === 'answer') return follow(url, result, { progress, cookie, nowMs: ports.nowMs() });
  progress.hops.push(describeHop(url, result, { cookie }));
  return endingOf(result, leftMs < ports.limits.hopMs);
}

/** A server may set a cookie and redirect to the same URL. Only the same URL with the same cookies is a loop. */
function isRepeatedVisit(url: URL, progress: Progress): boolean {
  const visit = `${url.href.split('#', 1)[0]} ${cookieHeader(progress.jar, url) ?? ''}`;
  const seen = progress.seen.has(visit);
  progress.seen.add(visit);
  return seen;
}

function requestFor(url: URL, progress: Progress, ports: StepPorts & { readonly leftMs: number }): ExchangeRequest {
  const cookie = cookieHeader(progress.jar, url);
  return {
    method: 'GET',
    url: url.href,
    headers: { ...progress.headers, ...(cookie === undefined ? {} : { cookie }) },
    timeoutMs: Math.min(ports.limits.hopMs, ports.leftMs),
    bodyLimitBytes: (status) => (status >= 300 && status < 400 ? 0 : ports.limits.bodyBytes),
    signal: ports.signal,
  };
}

function follow(
  url: URL,
  answer: Answer,
  { progress, cookie, nowMs }: { progress: Progress; cookie: string | undefined; nowMs: number },
): URL | TrailEnding {
  progress.jar = storeCookies(progress.jar, { url, lines: answer.headers['set-cookie'] ?? [], nowMs });
  const nextHop = findNextHop(answer);
  const next = nextHop && joinTarget(nextHop.target, url);
  progress.hops.push(describeHop(url, answer, { cookie, next: nextHop && { kind: nextHop.kind, url: next } }));
  if (!nextHop) return { kind: 'answered', finalUrl: url, answer };
  return next ?? { kind: 'refused', problem: 'url_malformed', message: 'the redirect target is not a URL' };
}

function endingOf({ failure, message }: Failed, totalIsNearer: boolean): TrailEnding {
  if (failure !== 'timeout') return { kind: 'failed', failure, message };
  return { kind: 'timed_out', limit: totalIsNearer ? 'total_timeout' : 'hop_timeout' };
}

const DEFAULT_USER_AGENT = 'Mozilla/5.0 (compatible; SignetAgent/0.1)';

/** Skips header text that cannot be sent. A job must not fail because of it. */
function headersFor(context: LinkContext | undefined): Readonly<Record<string, string>> {
  const headers = {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'user-agent': context?.userAgent ?? DEFAULT_USER_AGENT,
    'accept-language': context?.acceptLanguage,
    referer: context?.referer,
  };
  const usable = Object.entries(headers).filter(([, value]) => value !== undefined && /^[\t\x20-\x7e]+$/.test(value));
  return Object.fromEntries(usable) as Record<string, string>;
}
