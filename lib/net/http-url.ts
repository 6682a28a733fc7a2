// Reads untrusted text into a URL that may be requested: http or https, no credentials, a literal host in canonical form.
import { isIP } from 'node:net';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';

/** A checked URL. */
export interface HttpUrl {
  /** The WHATWG serialization: ASCII, with the fragment. */
  readonly href: string;
  /** The value of the Host header. It has the port only when that is not the default port. */
  readonly authority: string;
  /** Lower case, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query, for the request line. */
  readonly target: string;
  readonly secure: boolean;
  /** True when the host is an IP address, in any notation of the text (decimal, hex, octal, short). */
  readonly isLiteral: boolean;
}

/** Why a URL is refused. */
export type HttpUrlProblem = 'url_malformed' | 'scheme_not_http' | 'credentials_in_url' | 'address_not_global';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Reads an absolute URL, or one relative to `base`. The text is untrusted.
 * With `policy`, a literal host must be an allowed address. A name is checked later, when it is resolved.
 */
export function parseHttpUrl(
  text: string,
  options: { readonly base?: string | undefined; readonly policy?: AddressPolicy | undefined } = {},
): Verdict<HttpUrl, HttpUrlProblem> {
  const url = URL.parse(text, options.base);
  if (!url) return refuse('url_malformed', 'the text is not a URL');
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined) return refuse('scheme_not_http', `the scheme is ${url.protocol.slice(0, 40)}`);
  if (url.username !== '' || url.password !== '') return refuse('credentials_in_url', 'the URL carries credentials');
  const parsed = describe(url, defaultPort);
  const decision = parsed.isLiteral ? options.policy?.decide(parsed.hostname, parsed.port) : undefined;
  return decision && !decision.ok ? decision : accept(parsed);
}

function describe(url: URL, defaultPort: number): HttpUrl {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return {
    href: url.href,
    authority: url.host,
    hostname,
    port: url.port === '' ? defaultPort : Number(url.port),
    target: url.pathname + url.search,
    secure: url.protocol === 'https:',
    isLiteral: isIP(hostname) !== 0,
  };
}
