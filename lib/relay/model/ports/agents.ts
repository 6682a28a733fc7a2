// Ports for agents: when each was last seen, and how a desktop becomes one.
import type { AgentStatement } from '../../../protocol/messages.ts';
import type { AgentKey, AgentPresence, EnrollmentGrant } from '../records.ts';

/** What is known of each agent. */
export interface Presence {
  /**
   * Records when an agent was seen, its pool, and what it says of itself; without `says`, what it said before stays. Does
   * nothing when the agent is revoked or unknown. Keeps its state.
   */
  recordSeen(agent: AgentKey, nowMs: number, says?: AgentStatement): Promise<void>;
  /** Returns every agent of an account, revoked ones too, in no particular order. A new agent may be missing for a moment. */
  list(accountId: string): Promise<readonly AgentPresence[]>;
}

/** Which running program speaks for each agent. */
export interface AgentInstances {
  /**
   * Makes `instance` the current one of an agent, and adds the one before to the last five that were replaced. Returns
   * false, and changes nothing, when the agent has another instance than the key that was read, or is revoked.
   */
  replace(read: AgentKey, instance: string): Promise<boolean>;
}

/** The enrolment of agents with one-time tokens. */
export interface Enrollment {
  /** Returns the grant of a token, used or not, expired or not. Undefined when the token is unknown. */
  findGrant(tokenSha256: string): Promise<(EnrollmentGrant & { readonly usedBy?: string | undefined }) | undefined>;
  /**
   * Uses up a grant and creates the agent's key and presence, in one transaction. Returns false, and changes nothing, when
   * the grant was used before or the key is revoked. An agent that is enrolled again stays paused if it was paused.
   */
  redeem(
    grant: EnrollmentGrant,
    key: AgentKey,
    details: { thumbprint: string; name: string; nowMs: number },
  ): Promise<boolean>;
}
