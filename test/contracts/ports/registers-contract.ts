// What the registers of accounts, endpoints and agents must do: change a thing only while it is as it was read.
import { describe, expect, it } from 'vitest';
import type { Directory, Enrollment, Presence } from '../../../lib/relay/model/ports.ts';
import type { Account, AgentKey, Endpoint } from '../../../lib/relay/model/records.ts';
import type {
  AccountRegister,
  AgentRegister,
  EndpointRegister,
  Registry,
} from '../../../lib/relay/operator/operator-ports.ts';
import {
  NOW,
  sampleAccount,
  sampleAgentKey,
  sampleEndpoint,
  sampleGrant,
  samplePartnerKey,
  unique,
} from '../../support/relay/samples.ts';

export interface RegistersContractPorts {
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly agents: AgentRegister;
  readonly presence: Presence;
  readonly enrollment: Enrollment;
  readonly registry: Registry;
  freshDirectory(): Directory;
}

/** Of changes made at the same moment from the same reading, how many took effect. */
async function winners(changes: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(changes)).filter((isDone) => isDone).length;
}

export function describeRegistersContract(makePorts: () => RegistersContractPorts): void {
  describe('accounts', () => {
    it('are given back whole, and listed', async () => {
      const { accounts, freshDirectory } = makePorts();
      const account = sampleAccount({ name: 'Müller & Söhne', stateSince: NOW, jobsPerMinute: 5 });
      expect(await accounts.find(account.accountId)).toBeUndefined();
      expect(await accounts.create(account)).toBe(true);
      expect(await accounts.find(account.accountId)).toEqual(account);
      const listed = await freshDirectory().listAccounts();
      expect(listed.filter(({ accountId }) => accountId === account.accountId)).toEqual([account]);
    });

    it('are not made over another', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      await accounts.create(account);
      expect(await accounts.create({ ...account, name: 'Another' })).toBe(false);
      expect(await accounts.find(account.accountId)).toEqual(account);
    });

    it.each([
      ['name', { name: 'New name' }],
      ['state and its time', { state: 'suspended', stateSince: NOW }],
      ['a limit that it had not', { jobsPerMinute: 7 }],
      ['pools', { pools: ['default', 'second', 'third'] }],
    ] as const)('change their %s, and once only from one reading', async (_what, change: Partial<Account>) => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      await accounts.create(account);
      const changed = { ...account, ...change };
      expect(await accounts.change(account, changed)).toBe(true);
      expect(await accounts.find(account.accountId)).toEqual(changed);
      expect(await accounts.change(account, { ...account, name: 'Too late' })).toBe(false);
      expect(await accounts.find(account.accountId)).toEqual(changed);
      expect(await accounts.change(changed, account)).toBe(true);
    });

    it('that are not there are not made by a change', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      expect(await accounts.change(account, { ...account, state: 'suspended' })).toBe(false);
      expect(await accounts.find(account.accountId)).toBeUndefined();
    });

    it('take one of many changes at once', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      await accounts.create(account);
      const changes = Array.from({ length: 8 }, (_, index) =>
        accounts.change(account, { ...account, jobsPerMonth: index }),
      );
      expect(await winners(changes)).toBe(1);
    });
  });

  describe('endpoints', () => {
    it('are given back whole, listed with their account’s, and removed', async () => {
      const { endpoints } = makePorts();
      const accountId = unique('account');
      const [one, other] = [
        sampleEndpoint({ accountId, state: 'unverified', keyId: 'acme' }),
        sampleEndpoint({ accountId }),
      ];
      for (const endpoint of [one, other, sampleEndpoint({ accountId: `${accountId}0` })])
        expect(await endpoints.create(endpoint)).toBe(true);
      expect(await endpoints.find(accountId, one.endpointId)).toEqual(one);
      expect(await endpoints.list(accountId)).toHaveLength(2);
      expect(await endpoints.list(accountId)).toEqual(expect.arrayContaining([one, other]));
      await endpoints.remove(accountId, one.endpointId);
      await endpoints.remove(accountId, one.endpointId);
      expect(await endpoints.list(accountId)).toEqual([other]);
    });

    it('of one id in two accounts are two', async () => {
      const { endpoints } = makePorts();
      const one = sampleEndpoint({ accountId: unique('account') });
      const other = { ...one, accountId: unique('account'), url: 'https://other.example.org/' };
      expect(await endpoints.create(one)).toBe(true);
      expect(await endpoints.create(other)).toBe(true);
      expect(await endpoints.find(one.accountId, one.endpointId)).toEqual(one);
    });

    it('are not made over another, and change only as they were read', async () => {
      const { endpoints } = makePorts();
      const endpoint = sampleEndpoint({ accountId: unique('account'), state: 'unverified' });
      const changed: Endpoint = { ...endpoint, state: 'active' };
      expect(await endpoints.change(endpoint, changed)).toBe(false);
      await endpoints.create(endpoint);
      expect(await endpoints.create(changed)).toBe(false);
      expect(await winners([endpoints.change(endpoint, changed), endpoints.change(endpoint, changed)])).toBe(1);
      expect(await endpoints.find(endpoint.accountId, endpoint.endpointId)).toEqual(changed);
    });
  });

  describe('agents', () => {
    async function enrolled({ registry, enrollment }: RegistersContractPorts): Promise<AgentKey> {
      const agent = sampleAgentKey({ accountId: unique('account') });
      const grant = sampleGrant({ accountId: agent.accountId, pool: agent.pool });
      await registry.putGrant(grant);
      await enrollment.redeem(grant, agent, { thumbprint: agent.keyId, name: 'desk 4', nowMs: NOW });
      return agent;
    }

    const asRef = ({ accountId, keyId }: AgentKey) => ({ accountId, agentId: keyId });

    async function standing({ freshDirectory, presence }: RegistersContractPorts, { accountId, keyId }: AgentKey) {
      const key = await freshDirectory().findKey(keyId);
      const seen = (await presence.list(accountId)).find(({ agentId }) => agentId === keyId);
      return { key, state: seen?.state };
    }

    it('are paused and resumed, in their key and in their presence', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      for (const state of ['paused', 'paused', 'active'] as const) {
        expect(await ports.agents.setState(asRef(agent), state, NOW)).toBe('done');
        expect(await standing(ports, agent)).toEqual({ key: { ...agent, state }, state });
      }
    });

    it('are revoked for good: a repeat changes nothing, and nothing else takes effect after it', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      expect(await ports.agents.setState(asRef(agent), 'revoked', NOW)).toBe('done');
      expect(await ports.agents.setState(asRef(agent), 'revoked', NOW + 1)).toBe('done');
      for (const state of ['active', 'paused'] as const)
        expect(await ports.agents.setState(asRef(agent), state, NOW + 2)).toBe('revoked');
      expect(await standing(ports, agent)).toEqual({ key: { ...agent, revokedAt: NOW }, state: 'revoked' });
    });

    it('of another account, and keys that are no agent’s, are unknown and stay as they are', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      const partner = samplePartnerKey();
      await ports.registry.putKey(partner);
      const strangers = [
        { ...asRef(agent), accountId: unique('account') },
        { accountId: partner.accountId, agentId: partner.keyId },
        { accountId: agent.accountId, agentId: 'agt_none' },
      ];
      for (const stranger of strangers)
        for (const state of ['paused', 'revoked'] as const)
          expect(await ports.agents.setState(stranger, state, NOW)).toBe('unknown');
      expect(await standing(ports, agent)).toEqual({ key: agent, state: 'active' });
      expect(await ports.freshDirectory().findKey(partner.keyId)).toEqual(partner);
      expect(await ports.freshDirectory().findKey('agt_none')).toBeUndefined();
    });
  });
}
