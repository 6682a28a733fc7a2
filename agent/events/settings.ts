// What the environment says about where the agent may go.
import { type AddressPolicy, createAddressPolicy } from '../../lib/net/address-policy.ts';
import { AgentError } from './agent-error.ts';

export interface AgentPolicy extends AddressPolicy {
  /** As the operator wrote them. */
  readonly allowCidrs: readonly string[];
}

/** Reads SIGNET_ALLOW_CIDRS, a comma-separated list of ranges. @throws AgentError naming what is not one. */
export function readPolicy(environment: Readonly<Record<string, string | undefined>>): AgentPolicy {
  const parts = (environment['SIGNET_ALLOW_CIDRS'] ?? '').split(',').map((part) => part.trim());
  const allowCidrs = parts.filter((part) => part !== '');
  try {
    return { ...createAddressPolicy({ allowCidrs }), allowCidrs };
  } catch (error) {
    throw new AgentError('usage', `SIGNET_ALLOW_CIDRS: ${(error as Error).message}`);
  }
}
