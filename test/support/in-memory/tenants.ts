// Accounts, keys, endpoints, agents and enrolment grants in memory, with the ports of operators and of requests.
import { isDeepStrictEqual } from 'node:util';
import type { AgentInstances, Directory, Enrollment, KeyUses, Presence } from '../../../lib/relay/model/ports.ts';
import type {
  Account,
  AgentKey,
  AgentPresence,
  Endpoint,
  EnrollmentGrant,
  KeyRecord,
} from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import type {
  AccountRegister,
  AgentRegister,
  EndpointRegister,
  KeyRegister,
  Registry,
  SecretClaims,
} from '../../../lib/relay/operator/operator-ports.ts';
import type { RowPutter } from '../services/put-rows.ts';
import { createInMemoryKeys } from './keys.ts';
import type { InMemoryJobQueues } from './queues.ts';

/** The rows of all tenants in memory, and the ports over them. */
export interface InMemoryTenants extends Directory, Registry, RowPutter, Enrollment, Presence, AgentInstances {
  /** Sets the state of an agent's presence, without changing its key. */
  setAgentState(agent: AgentKey, state: AgentPresence['state']): void;
  readonly keys: KeyRegister;
  readonly claims: SecretClaims;
  readonly keyUses: KeyUses;
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly agents: AgentRegister;
  /** Returns the rows of an account, each as its kind and id. */
  rowsOf(accountId: string): readonly string[];
  /** Removes all rows of an account except the account itself, and returns their number. */
  removeRows(accountId: string): number;
  removeAccount(accountId: string): void;
  /** Returns how many times a presence was written. */
  presenceWrites(): number;
}

/** Returns a store without tenants. */
export function createInMemoryTenants(queues: InMemoryJobQueues): InMemoryTenants {
  const accounts = new Map<string, Account>();
  const keys = new Map<string, KeyRecord>();
  const endpoints = new Map<string, Endpoint>();
  const grants = new Map<string, EnrollmentGrant & { usedBy?: string }>();
  const agents = new Map<string, AgentPresence & { readonly accountId: string }>();
  let presenceWrites = 0;
  const nameOf = (...parts: string[]) => parts.join('#');
  const kinds = { keys, endpoints, grants, agents };
  const ownIn = (rows: ReadonlyMap<string, { readonly accountId: string }>, accountId: string) =>
    [...rows].filter(([, row]) => row.accountId === accountId).map(([id]) => id);
  return {
    ...createInMemoryKeys(keys),
    accounts: createInMemoryAccounts(accounts),
    endpoints: createInMemoryEndpoints(endpoints, nameOf),
    agents: {
      async setState({ accountId, agentId }, state, nowMs) {
        const key = keys.get(agentId);
        if (key?.kind !== 'agent' || key.accountId !== accountId) return 'unknown';
        if (key.revokedAt !== undefined && state !== 'revoked') return 'revoked';
        keys.set(agentId, state === 'revoked' ? { revokedAt: nowMs, ...key } : { ...key, state });
        const agent = agents.get(nameOf(accountId, agentId));
        if (agent) agents.set(nameOf(accountId, agentId), { ...agent, state });
        return 'done';
      },
    },
    rowsOf: (accountId) => [
      ...Object.entries(kinds).flatMap(([kind, rows]) => ownIn(rows, accountId).map((id) => `${kind} ${id}`)),
      ...(accounts.has(accountId) ? ['account'] : []),
    ],
    removeRows(accountId) {
      const before = Object.values(kinds).flatMap((rows) => ownIn(rows, accountId)).length;
      for (const rows of Object.values(kinds)) for (const id of ownIn(rows, accountId)) rows.delete(id);
      return before;
    },
    removeAccount: (accountId) => void accounts.delete(accountId),
    findKey: async (keyId) => keys.get(keyId),
    findAccount: async (accountId) => accounts.get(accountId),
    findEndpoint: async (accountId, endpointId) => endpoints.get(nameOf(accountId, endpointId)),
    listEndpoints: async (accountId) => [...endpoints.values()].filter((endpoint) => endpoint.accountId === accountId),
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
      if (!grant || grant.usedBy !== undefined || keys.get(key.keyId)?.revokedAt !== undefined) return false;
      grants.set(tokenSha256, { ...grant, usedBy: thumbprint });
      const { accountId, keyId: agentId, pool } = key;
      const [before, id] = [keys.get(agentId), nameOf(accountId, agentId)];
      keys.set(agentId, { ...before, ...key } as AgentKey);
      const enrolled = { accountId, agentId, name, pool, labels, enrolledAt: nowMs };
      agents.set(id, { state: 'active', ...agents.get(id), ...enrolled });
      return true;
    },
    async replace({ keyId, instance: current, replaced = [] }, instance) {
      const key = keys.get(keyId);
      if (key?.kind !== 'agent' || key.revokedAt !== undefined || key.instance !== current) return false;
      const before = current === undefined ? replaced : [current, ...replaced];
      keys.set(keyId, { ...key, instance, replaced: before.slice(0, TUNING.rememberedInstances) });
      return true;
    },
    async recordSeen({ accountId, keyId, pool }, nowMs, says) {
      presenceWrites += 1;
      const id = nameOf(accountId, keyId);
      const agent = agents.get(id);
      if (agent && agent.state !== 'revoked')
        agents.set(id, { ...agent, pool, lastSeenAt: nowMs, ...(says && { says }) });
    },
    list: async (accountId) =>
      [...agents.values()].filter((row) => row.accountId === accountId).map(({ accountId: _, ...agent }) => agent),
  };
}

function createInMemoryAccounts(accounts: Map<string, Account>): AccountRegister {
  return {
    find: async (accountId) => structuredClone(accounts.get(accountId)),
    async create(account) {
      if (accounts.has(account.accountId)) return false;
      accounts.set(account.accountId, structuredClone(account));
      return true;
    },
    async change(asRead, account) {
      if (!isDeepStrictEqual(accounts.get(asRead.accountId), asRead)) return false;
      accounts.set(account.accountId, structuredClone(account));
      return true;
    },
  };
}

function createInMemoryEndpoints(
  endpoints: Map<string, Endpoint>,
  nameOf: (accountId: string, endpointId: string) => string,
): EndpointRegister {
  const idOf = ({ accountId, endpointId }: Endpoint) => nameOf(accountId, endpointId);
  return {
    find: async (accountId, endpointId) => structuredClone(endpoints.get(nameOf(accountId, endpointId))),
    list: async (accountId) =>
      structuredClone([...endpoints.values()].filter((endpoint) => endpoint.accountId === accountId)),
    async create(endpoint) {
      if (endpoints.has(idOf(endpoint))) return false;
      endpoints.set(idOf(endpoint), structuredClone(endpoint));
      return true;
    },
    async change(asRead, endpoint) {
      if (!isDeepStrictEqual(endpoints.get(idOf(asRead)), asRead)) return false;
      endpoints.set(idOf(endpoint), structuredClone(endpoint));
      return true;
    },
    async remove(accountId, endpointId) {
      endpoints.delete(nameOf(accountId, endpointId));
    },
  };
}
