// One request of a chain as evidence describes it: bounded, and without values of cookies or parameters.
import { createHash } from 'node:crypto';
import type { ExchangeResult } from '../../lib/net/exchange.ts';
import { HOP_URL_LIMIT_BYTES, type Hop, type HopKind } from '../../lib/protocol/evidence/evidence.ts';
import { cookieNames } from './cookie-jar.ts';

const NAMES_LIMIT = 32;
const NAME_LIMIT_CHARACTERS = 64;

/** Returns the URL, or its first bytes and the SHA-256 (hex) of the whole when it has more than `limitBytes`. */
export function shortenUrl(href: string, limitBytes: number = HOP_URL_LIMIT_BYTES): string {
  if (Buffer.byteLength(href) <= limitBytes) return href;
  const ending = `#sha256=${createHash('sha256').update(href).digest('hex')}`;
  return (
    Buffer.from(href)
      .subarray(0, limitBytes - ending.length)
      .toString('utf8') + ending
  );
}

/** Returns the hop in the evidence. `next` is the kind and target of the next hop, if there is one. */
export function describeHop(
  url: URL,
  result: ExchangeResult,
  next?: { readonly kind: HopKind; readonly url: URL | undefined } | undefined,
): Hop {
  return {
    url: shortenUrl(url.href),
    kind: next?.kind ?? 'none',
    address: result.address,
    ...(result.kind === 'answer' ? { status: result.status, tls: result.tls, ...describeCookies(result.headers) } : {}),
    timing: result.timing,
    ...(next?.url ? describeStep(url, next.url) : {}),
  };
}

function describeCookies(headers: { readonly 'set-cookie'?: string[] | undefined }): Pick<Hop, NameList> {
  return withNames('cookieNames', cookieNames(headers['set-cookie'] ?? []));
}

/** What changed between this URL and the next one. */
function describeStep(from: URL, to: URL): Partial<Hop> {
  const [had, has] = [parameterNames(from), parameterNames(to)];
  return {
    ...withNames(
      'parametersGained',
      [...has].filter((name) => !had.has(name)),
    ),
    ...withNames(
      'parametersLost',
      [...had].filter((name) => !has.has(name)),
    ),
    ...(from.protocol === 'https:' && to.protocol === 'http:' ? { downgraded: true as const } : {}),
  };
}

function parameterNames(url: URL): ReadonlySet<string> {
  return new Set(url.searchParams.keys());
}

type NameList = 'cookieNames' | 'parametersGained' | 'parametersLost';

function withNames(key: NameList, names: readonly string[]): Pick<Hop, NameList> {
  const bounded = names.slice(0, NAMES_LIMIT).map((name) => name.slice(0, NAME_LIMIT_CHARACTERS));
  return bounded.length === 0 ? {} : { [key]: bounded };
}
