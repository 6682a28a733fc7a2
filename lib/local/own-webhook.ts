// `--webhook PROFILE=URL`, read and refused before anything starts: a delivery that can never go out would fail unseen.
import { createAddressPolicy } from '../net/address-policy.ts';
import { type HttpUrl, parseHttpUrl } from '../net/http-url.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId } from '../protocol/profiles/profiles.ts';
import { OPENED_RANGE } from './opened-range.ts';

/** A consumer of the user's own. */
export interface OwnWebhook {
  readonly profile: OutboundProfileId;
  /** As it will be requested. */
  readonly url: string;
}

/** The one that deliveries are sent under. */
const POLICY = createAddressPolicy({ allowCidrs: [OPENED_RANGE] });

/** @throws Error in the user's words. */
export function parseOwnWebhook(text: string): OwnWebhook {
  const [name = '', ...rest] = text.split('=');
  const profile = OUTBOUND_PROFILES.find((id) => id === name);
  const address = rest.join('=');
  const url = parseHttpUrl(/^https?:\/\//i.test(address) ? address : '');
  // Not repeated: it would put the password on the screen.
  if (!url.ok && url.problem === 'credentials_in_url')
    throw new Error('--webhook takes a URL without a user name or password.');
  if (!profile || !url.ok)
    throw new Error(`--webhook takes PROFILE=URL, as in nitro=http://127.0.0.1:9000/hook, not '${text}'.`);
  refuseClosedAddress(url.value);
  return { profile, url: url.value.href };
}

/** Other names than this machine's are decided on when they are looked up, at each delivery. */
function refuseClosedAddress({ hostname, port, isLiteral }: HttpUrl): void {
  const address = isLiteral ? hostname : isThisMachine(hostname) ? '127.0.0.1' : undefined;
  const decision = address === undefined ? undefined : POLICY.decide(address, port);
  if (address === undefined || !decision || decision.ok) return;
  // The relay never connects to where a function's own runtime listens, so there the port alone is to blame.
  const reason = POLICY.decide(address, 80).ok ? `port ${port} of this machine is never allowed` : decision.reason;
  throw new Error(`--webhook takes a URL on this machine (${OPENED_RANGE}) or on the public internet: ${reason}.`);
}

function isThisMachine(hostname: string): boolean {
  return /^(.+\.)?localhost\.?$/.test(hostname);
}
