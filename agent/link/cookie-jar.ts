// The cookies of one chain of redirects. They are host-only, and end with the job.

interface StoredCookie {
  readonly hostname: string;
  readonly name: string;
  readonly value: string;
  readonly secure: boolean;
}

/**
 * The stored cookies. `Domain` and `Path` are ignored, so a cookie returns only to the host that set it. A browser
 * would send it to that host too, and sometimes to more hosts.
 */
export type CookieJar = readonly StoredCookie[];

/** A hostile answer may set thousands. */
const COOKIES_LIMIT = 50;
const COOKIE_LIMIT_CHARACTERS = 4_096;
const COOKIE = /^([\x21\x23-\x27\x2a\x2b\x2d.0-9A-Z\x5e-\x7a|~]+)=([\x20-\x3a\x3c-\x7e]*)$/;

/** The cookies of an answer. */
export interface CookieUpdate {
  readonly url: URL;
  /** The Set-Cookie headers, untrusted. Malformed ones are skipped. */
  readonly lines: readonly string[];
  readonly nowMs: number;
}

/** Returns the jar after an answer. */
export function storeCookies(jar: CookieJar, { url, lines, nowMs }: CookieUpdate): CookieJar {
  return lines.reduce((updated, line) => storeCookie(updated, { url, line, nowMs }), jar).slice(-COOKIES_LIMIT);
}

function storeCookie(jar: CookieJar, { url, line, nowMs }: { url: URL; line: string; nowMs: number }): CookieJar {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
  const [, name, value] = (pair.length <= COOKIE_LIMIT_CHARACTERS && COOKIE.exec(pair)) || [];
  if (name === undefined || value === undefined) return jar;
  const others = jar.filter((cookie) => cookie.hostname !== url.hostname || cookie.name !== name);
  const attributes = readAttributes(rest);
  if (isDeletion(attributes, nowMs)) return others;
  return [...others, { hostname: url.hostname, name, value, secure: attributes.has('secure') }];
}

/** Returns attributes by their lower-case name. The last of repeated attributes counts (RFC 6265, section 5.3). */
function readAttributes(parts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(parts.map((part) => [part.split('=', 1)[0]?.toLowerCase() ?? '', part.slice(part.indexOf('=') + 1)]));
}

/**
 * A chain lasts at most a minute, so only lifetimes that are already over matter. Max-Age takes precedence over
 * Expires.
 */
function isDeletion(attributes: ReadonlyMap<string, string>, nowMs: number): boolean {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return Date.parse(attributes.get('expires') ?? '') <= nowMs;
}

/** Returns the Cookie header for this URL, or undefined when no cookie applies. */
export function cookieHeader(jar: CookieJar, url: URL): string | undefined {
  const sent = jar.filter(
    (cookie) => cookie.hostname === url.hostname && (!cookie.secure || url.protocol === 'https:'),
  );
  return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Returns the names of the cookies in a Cookie header. */
export function sentCookieNames(header: string | undefined): readonly string[] {
  return header === undefined ? [] : cookieNames(header.split('; '));
}

/** Returns the names of the cookies that an answer sets, each once. */
export function cookieNames(lines: readonly string[]): readonly string[] {
  const names = lines.map((line) => line.split(/[=;]/, 1)[0]?.trim() ?? '');
  return [...new Set(names.filter((name) => name !== ''))];
}
