// Which tracking URLs are taken at all, judged by their text; the agent judges again every address it meets.
import type { AddressPolicy } from '../net/address-policy.ts';
import { type HttpUrlProblem, parseHttpUrl } from '../net/http-url.ts';
import type { Refusal } from './http-response.ts';

const DETAILS: Readonly<Record<HttpUrlProblem, string>> = {
  url_malformed: 'trackingUrl must be an absolute URL, such as https://example.com/r?id=1.',
  scheme_not_http: 'trackingUrl must start with http:// or https://.',
  credentials_in_url: 'trackingUrl must not carry a user name or password.',
  address_not_global: 'trackingUrl must not name an address outside the public internet.',
};

export function checkTrackingUrl(
  url: string,
  policy: AddressPolicy,
): { readonly ok: true } | ({ readonly ok: false } & Refusal) {
  const parsed = parseHttpUrl(url, { policy });
  if (parsed.ok) return { ok: true };
  const errors = [{ path: '/trackingUrl', message: parsed.problem }];
  return { ok: false, problem: 'url_refused', reason: parsed.reason, detail: DETAILS[parsed.problem], errors };
}
