// Is this host where the partner said the link should end? Compared by registrable domain.
import { getDomain } from 'tldts';

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
