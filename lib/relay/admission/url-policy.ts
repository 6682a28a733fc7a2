// Decides by its text whether a tracking URL is accepted. The agent checks every address again when it connects.
import type { AddressPolicy } from '../../net/address-policy.ts';
import { type HttpUrlProblem, parseHttpUrl } from '../../net/http-url.ts';
import type { Refusal } from '../model/http-response.ts';

/** The messages for `errors`, by problem. */
const MESSAGES: Readonly<Record<HttpUrlProblem, string>> = {
  url_malformed: 'must be an absolute URL, such as https://example.com/r?id=1',
  scheme_not_http: 'must start with http:// or https://',
  credentials_in_url: 'must not carry a user name or password',
  address_not_global: 'must not name an address outside the public internet',
  address_own_network: "must not name an address of the relay's own network",
};

/** Accepts an untrusted URL that is absolute, http(s), free of credentials, and names no refused address. */
export function checkTrackingUrl(
  url: string,
  policy: AddressPolicy,
): { readonly ok: true } | ({ readonly ok: false } & Refusal) {
  const parsed = parseHttpUrl(url, { policy });
  if (parsed.ok) return { ok: true };
  const message = MESSAGES[parsed.problem];
  const errors = [{ path: '/trackingUrl', message }];
  return { ok: false, problem: 'url_refused', reason: parsed.reason, detail: `trackingUrl ${message}.`, errors };
}
