// Where deliveries may go: https on a listed port. Asked when an endpoint is made and again before every attempt.
import { type AddressPolicy, createAddressPolicy } from '../../net/address-policy.ts';
import { type HttpUrl, type HttpUrlProblem, parseHttpUrl } from '../../net/http-url.ts';
import { refuse, type Verdict } from '../../protocol/verdict.ts';

/** 8443 is where receivers listen that may not bind 443. */
export const TARGET_PORTS: readonly number[] = [443, 8443];

export interface TargetPolicy {
  readonly addresses: AddressPolicy;
  /** On the laptop: plain http and every port too, because its receivers are on the same machine. */
  readonly isLaptop: boolean;
}

/** `allowCidrs`: ranges opened on purpose, which only the laptop does. @throws Error when one is no range. */
export function createTargetPolicy(allowCidrs: readonly string[]): TargetPolicy {
  return { addresses: createAddressPolicy({ allowCidrs }), isLaptop: allowCidrs.length > 0 };
}

export type TargetProblem = HttpUrlProblem | 'scheme_not_https' | 'port_not_listed';

/** By its text alone; every address it leads to is decided on when it is connected to. */
export function checkTarget(url: string, { addresses, isLaptop }: TargetPolicy): Verdict<HttpUrl, TargetProblem> {
  const parsed = parseHttpUrl(url, { policy: addresses });
  if (!parsed.ok || isLaptop) return parsed;
  const { secure, port } = parsed.value;
  if (!secure) return refuse('scheme_not_https', 'deliveries go over https');
  if (!TARGET_PORTS.includes(port))
    return refuse('port_not_listed', `port ${port} is none of ${TARGET_PORTS.join(', ')}`);
  return parsed;
}
