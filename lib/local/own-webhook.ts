// `--webhook PROFILE=URL`, checked before anything starts: a delivery that can never be sent would fail unnoticed.
import { createAddressPolicy } from '../net/address-policy.ts';
import { type HttpUrl, parseHttpUrl } from '../net/http-url.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId } from '../protocol/profiles/profiles.ts';
import { LOOPBACK_RANGE } from './loopback-range.ts';

/** A consumer of the user's own. */
export interface OwnWebhook {
  readonly profile: OutboundProfileId;
  /** The URL as it will be requested. */
  readonly url: string;
}

/** The policy under which deliveries are sent. */
const POLICY = createAddressPolicy({ allowCidrs: [LOOPBACK_RANGE] });

/**
 * Returns the profile and URL in the value of `--webhook`.
 * @throws Error for the user, with the reason.
 */
export function parseOwnWebhook(text: string): OwnWebhook {
  const [name = '', ...rest] = text.split('=');
  const profile = OUTBOUND_PROFILES.find((id) => id === name);
  const address = rest.join('=');
  const url = parseHttpUrl(/^https?:\/\//i.test(address) ? address : '');
  // The message does not repeat the URL: that would print the password.
  if (!url.ok && url.problem === 'credentials_in_url')
    throw new Error('--webhook takes a URL without a user name or password.');
  if (!profile || !url.ok)
    throw new Error(`--webhook takes PROFILE=URL, as in nitro=http://127.0.0.1:9000/hook, not '${text}'.`);
  refuseForbiddenAddress(url.value);
  return { profile, url: url.value.href };
}

/**
 * Refuses an address that the policy forbids. Names other than this machine's are resolved and checked at each
 * delivery.
 */
function refuseForbiddenAddress({ hostname, port, isLiteral }: HttpUrl): void {
  const address = isLiteral ? hostname : isThisMachine(hostname) ? '127.0.0.1' : undefined;
  const decision = address === undefined ? undefined : POLICY.decide(address, port);
  if (address === undefined || !decision || decision.ok) return;
  // The relay never connects to the ports of a function's own runtime. Then only the port is the reason.
  const reason = POLICY.decide(address, 80).ok ? `port ${port} of this machine is never allowed` : decision.reason;
  throw new Error(`--webhook takes a URL on this machine (${LOOPBACK_RANGE}) or on the public internet: ${reason}.`);
}

function isThisMachine(hostname: string): boolean {
  return /^(.+\.)?localhost\.?$/.test(hostname);
}
