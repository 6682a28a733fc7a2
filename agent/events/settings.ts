// The address policy that the environment sets.
import { type AddressPolicy, createAddressPolicy } from '../../lib/net/address-policy.ts';
import { readOwnNetworks } from '../../lib/net/own-networks.ts';
import { AgentError } from './agent-error.ts';

/** An address policy with the ranges that it allows. */
export interface AgentPolicy extends AddressPolicy {
  /** The ranges as the operator wrote them. */
  readonly allowCidrs: readonly string[];
}

/**
 * Returns the policy in SIGNET_ALLOW_CIDRS, a comma-separated list of ranges.
 * @throws AgentError that names an invalid range.
 */
export function readPolicy(environment: Readonly<Record<string, string | undefined>>): AgentPolicy {
  const parts = (environment['SIGNET_ALLOW_CIDRS'] ?? '').split(',').map((part) => part.trim());
  const allowCidrs = parts.filter((part) => part !== '');
  try {
    return { ...createAddressPolicy({ allowCidrs, ownNetworks: readOwnNetworks }), allowCidrs };
  } catch (error) {
    throw new AgentError('usage', `SIGNET_ALLOW_CIDRS: ${(error as Error).message}`);
  }
}
