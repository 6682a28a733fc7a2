// Resolves the host of a URL to the addresses to which a connection is allowed.
import { lookup } from 'node:dns/promises';
import { accept, refuse } from '../protocol/verdict.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { Lookup, Step } from './exchange.ts';
import type { HttpUrl } from './http-url.ts';
import { untilAborted } from './until-aborted.ts';

/** Resolves a name as other programs on this machine do, with the hosts file and search domains. Rejects if it fails. */
export const systemLookup: Lookup = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
};

/**
 * Returns the addresses of the host that the policy allows, or refuses a host without such an address.
 * A literal host is its own address; a name is looked up first.
 */
export async function resolveHost(
  url: HttpUrl,
  ports: { readonly policy: AddressPolicy; readonly lookup: Lookup },
  signal: AbortSignal,
): Promise<Step<readonly string[]>> {
  const found = url.isLiteral ? accept([url.hostname]) : await lookUp(url.hostname, ports.lookup, signal);
  if (!found.ok) return found;
  const decisions = found.value.map((address) => ports.policy.decide(address, url.port));
  const allowed = decisions.flatMap((decision) => (decision.ok ? [decision.value] : []));
  if (allowed.length > 0) return accept(allowed);
  const [reason] = decisions.flatMap((decision) => (decision.ok ? [] : [decision.reason]));
  return reason ? refuse('refused_address', reason) : refuse('dns_failed', `${url.hostname} has no address`);
}

async function lookUp(hostname: string, lookup: Lookup, signal: AbortSignal): Promise<Step<readonly string[]>> {
  try {
    return accept(await untilAborted(lookup(hostname), signal));
  } catch (error) {
    if (signal.aborted) return refuse('timeout', 'the name lookup took too long');
    return refuse('dns_failed', `${hostname}: ${(error as NodeJS.ErrnoException).code ?? 'lookup failed'}`);
  }
}
