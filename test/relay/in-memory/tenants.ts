// Accounts, keys, endpoints, agents and enrolment grants in memory: what operators write and requests read.
import type {
  Directory,
  Enrollment,
  KeyRegister,
  KeyUses,
  Presence,
  Registry,
  SecretClaims,
} from '../../../lib/relay/ports.ts';
import type {
  Account,
  AgentKey,
  AgentPresence,
  Endpoint,
  EnrollmentGrant,
  KeyRecord,
} from '../../../lib/relay/records.ts';
import { createInMemoryKeys } from './keys.ts';
import type { InMemoryJobQueues } from './queues.ts';

export interface InMemoryTenants extends Directory, Registry, Enrollment, Presence {
  /** What the operator says of an agent. */
  setAgentState(agent: AgentKey, state: AgentPresence['state']): void;
  readonly keys: KeyRegister;
  readonly claims: SecretClaims;
  readonly keyUses: KeyUses;
  /** How often an agent's presence was written. */
  presenceWrites(): number;
}

export function createInMemoryTenants(queues: InMemoryJobQueues): InMemoryTenants {
  const accounts = new Map<string, Account>();
  const keys = new Map<string, KeyRecord>();
  const endpoints = new Map<string, Endpoint>();
  const grants = new Map<string, EnrollmentGrant & { usedBy?: string }>();
  const agents = new Map<string, AgentPresence & { readonly accountId: string }>();
  let presenceWrites = 0;
  const nameOf = (...parts: string[]) => parts.join('#');
  return {
    ...createInMemoryKeys(keys),
    findKey: async (keyId) => keys.get(keyId),
    findAccount: async (accountId) => accounts.get(accountId),
    findEndpoint: async (accountId, endpointId) => endpoints.get(nameOf(accountId, endpointId)),
    listEndpoints: async (accountId) => [...endpoints.values()].filter((one) => one.accountId === accountId),
    listAccounts: async () => [...accounts.values()],
    setAgentState({ accountId, keyId }, state) {
      const id = nameOf(accountId, keyId);
      const agent = agents.get(id);
      if (agent) agents.set(id, { ...agent, state });
    },
    presenceWrites: () => presenceWrites,
    async putAccount(account) {
      accounts.set(account.accountId, account);
    },
    async putKey(key) {
      keys.set(key.keyId, key);
    },
    async putEndpoint(endpoint) {
      endpoints.set(nameOf(endpoint.accountId, endpoint.endpointId), endpoint);
    },
    async putGrant(grant) {
      grants.set(grant.tokenSha256, grant);
    },
    createQueue: (pool) => queues.createQueue(pool),
    findGrant: async (tokenSha256) => grants.get(tokenSha256),
    async redeem({ tokenSha256, labels }, key, { thumbprint, name, nowMs }) {
      const grant = grants.get(tokenSha256);
      if (!grant || grant.usedBy !== undefined) return false;
      grants.set(tokenSha256, { ...grant, usedBy: thumbprint });
      keys.set(key.keyId, key);
      const { accountId, keyId: agentId, pool } = key;
      agents.set(nameOf(accountId, agentId), {
        accountId,
        agentId,
        name,
        pool,
        labels,
        state: 'active',
        enrolledAt: nowMs,
      });
      return true;
    },
    async seen({ accountId, keyId, pool }, nowMs) {
      presenceWrites += 1;
      const id = nameOf(accountId, keyId);
      const agent = agents.get(id);
      if (agent && agent.state !== 'revoked') agents.set(id, { ...agent, pool, lastSeenAt: nowMs });
    },
    list: async (accountId) =>
      [...agents.values()].filter((one) => one.accountId === accountId).map(({ accountId: _, ...agent }) => agent),
  };
}
