// Decides where deliveries may go: https on a listed port. Checked when an endpoint is created and before every attempt.
import { type AddressPolicy, createAddressPolicy } from '../../net/address-policy.ts';
import { type HttpUrl, type HttpUrlProblem, parseHttpUrl } from '../../net/http-url.ts';
import { refuse, type Verdict } from '../../protocol/verdict.ts';

/** The ports that deliveries may use. Receivers that cannot bind 443 commonly listen on 8443. */
export const TARGET_PORTS: readonly number[] = [443, 8443];

export interface TargetPolicy {
  readonly addresses: AddressPolicy;
  /** True on the laptop. It also allows plain http and every port, because receivers run on the same machine. */
  readonly isLaptop: boolean;
}

/**
 * Returns the policy for deliveries.
 *
 * @param allowCidrs Address ranges that are open on purpose. Only the laptop has any.
 * @throws Error if a range is malformed.
 */
export function createTargetPolicy(allowCidrs: readonly string[]): TargetPolicy {
  return { addresses: createAddressPolicy({ allowCidrs }), isLaptop: allowCidrs.length > 0 };
}

export type TargetProblem = HttpUrlProblem | 'scheme_not_https' | 'port_not_listed';

/**
 * Parses an untrusted URL and refuses it if its text breaks the policy. The addresses of its host are checked later, when
 * a connection is opened.
 */
export function checkTarget(url: string, { addresses, isLaptop }: TargetPolicy): Verdict<HttpUrl, TargetProblem> {
  const parsed = parseHttpUrl(url, { policy: addresses });
  if (!parsed.ok || isLaptop) return parsed;
  const { secure, port } = parsed.value;
  if (!secure) return refuse('scheme_not_https', 'deliveries go over https');
  if (!TARGET_PORTS.includes(port))
    return refuse('port_not_listed', `port ${port} is not one of ${TARGET_PORTS.join(', ')}`);
  return parsed;
}
