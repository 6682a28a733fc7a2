// Untrusted text to a URL that may be requested: http or https, no credentials, a literal host in its one true notation.
import { isIP } from 'node:net';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';

export interface HttpUrl {
  /** As WHATWG serializes it: ASCII, with the fragment. */
  readonly href: string;
  /** What goes into the Host header: the port only when it is not the default. */
  readonly authority: string;
  /** Lower case, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query, as the request line has them. */
  readonly target: string;
  readonly secure: boolean;
  /** The host is an IP address, whatever notation (decimal, hex, octal, short) the text had. */
  readonly isLiteral: boolean;
}

export type HttpUrlProblem = 'url_malformed' | 'scheme_not_http' | 'credentials_in_url' | 'address_not_global';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Reads an absolute URL, or one relative to `base`. With a policy a literal host is decided on as well;
 * names cannot be: they are decided on when they have been resolved.
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
