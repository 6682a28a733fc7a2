// One request of a chain as evidence describes it: bounded, and without values of cookies or parameters.
import type { Answer, ExchangeResult } from '../../lib/net/exchange.ts';
import {
  CONTENT_TYPE_LIMIT_CHARACTERS,
  type Hop,
  type HopKind,
  NAME_LIMIT_CHARACTERS,
  NAMES_LIMIT,
} from '../../lib/protocol/evidence/evidence.ts';
import { shortenUrl } from '../../lib/protocol/evidence/shorten-url.ts';
import { sha256 } from '../../lib/protocol/sha256.ts';
import { cookieNames, sentCookieNames } from './cookie-jar.ts';
import { plainText } from './plain-text.ts';

/** What is known of a request besides its URL and result. */
export interface HopContext {
  /** The Cookie header that was sent. */
  readonly cookie?: string | undefined;
  /** The kind and target of the next hop, if there is one. */
  readonly next?: { readonly kind: HopKind; readonly url: URL | undefined } | undefined;
}

/** Returns the hop in the evidence. */
export function describeHop(url: URL, result: ExchangeResult, { cookie, next }: HopContext = {}): Hop {
  return {
    url: shortenUrl(url.href),
    kind: next?.kind ?? 'none',
    address: result.address,
    ...withNames('cookieNamesSent', sentCookieNames(cookie)),
    ...(result.kind === 'answer' ? describeAnswer(result) : {}),
    timing: result.timing,
    ...(next?.url ? describeStep(url, next.url) : {}),
  };
}

/** A status below 100 is no status (RFC 9110, section 15), so it is left out. */
function describeAnswer({ status, tls, headers, body, truncated }: Answer): Partial<Hop> {
  const contentType = essenceOf(headers['content-type']);
  return {
    ...(status >= 100 ? { status } : {}),
    tls,
    ...(contentType === undefined ? {} : { contentType }),
    ...(truncated ? {} : { bodySha256: sha256(body).toString('base64url') }),
    ...withNames('cookieNames', cookieNames(headers['set-cookie'] ?? [])),
  };
}

/** Returns `text/html` of `Text/HTML; charset=utf-8`, or undefined for a text that is not a media type. */
function essenceOf(contentType: string | undefined): string | undefined {
  const essence = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const isMediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/.test(essence);
  return isMediaType && essence.length <= CONTENT_TYPE_LIMIT_CHARACTERS ? essence : undefined;
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

type NameList = 'cookieNamesSent' | 'cookieNames' | 'parametersGained' | 'parametersLost';

function withNames(key: NameList, names: readonly string[]): Pick<Hop, NameList> {
  const bounded = names.slice(0, NAMES_LIMIT).map((name) => plainText(name, NAME_LIMIT_CHARACTERS));
  return bounded.length === 0 ? {} : { [key]: bounded };
}
