// Accounts, keys, endpoints, agents and enrolment grants in memory: what operators write and requests read.
import type { Directory, Enrollment, Presence, Registry } from '../../../lib/relay/ports.ts';
import type { Account, AgentKey, Endpoint, EnrollmentGrant, KeyRecord } from '../../../lib/relay/records.ts';
import type { InMemoryJobQueues } from './queues.ts';

export interface AgentPresence {
  readonly pool: string;
  readonly name?: string;
  readonly lastSeenAt?: number;
}

export interface InMemoryTenants extends Directory, Registry, Enrollment, Presence {
  findAgent(agent: Pick<AgentKey, 'accountId' | 'keyId'>): AgentPresence | undefined;
  /** How often an agent's presence was written. */
  presenceWrites(): number;
}

export function createInMemoryTenants(queues: InMemoryJobQueues): InMemoryTenants {
  const accounts = new Map<string, Account>();
  const keys = new Map<string, KeyRecord>();
  const endpoints = new Map<string, Endpoint>();
  const grants = new Map<string, EnrollmentGrant & { usedBy?: string }>();
  const agents = new Map<string, AgentPresence>();
  let presenceWrites = 0;
  const nameOf = (...parts: string[]) => parts.join('#');
  return {
    findKey: async (keyId) => keys.get(keyId),
    findAccount: async (accountId) => accounts.get(accountId),
    findEndpoint: async (accountId, endpointId) => endpoints.get(nameOf(accountId, endpointId)),
    listEndpoints: async (accountId) => [...endpoints.values()].filter((one) => one.accountId === accountId),
    listAccounts: async () => [...accounts.values()],
    findAgent: ({ accountId, keyId }) => agents.get(nameOf(accountId, keyId)),
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
    async redeem({ tokenSha256 }, key, { thumbprint, name }) {
      const grant = grants.get(tokenSha256);
      if (!grant || grant.usedBy !== undefined) return false;
      grants.set(tokenSha256, { ...grant, usedBy: thumbprint });
      keys.set(key.keyId, key);
      agents.set(nameOf(key.accountId, key.keyId), { pool: key.pool, name });
      return true;
    },
    async seen({ accountId, keyId, pool }, nowMs) {
      presenceWrites += 1;
      const id = nameOf(accountId, keyId);
      agents.set(id, { ...agents.get(id), pool, lastSeenAt: nowMs });
    },
  };
}
