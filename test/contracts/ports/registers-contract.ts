// The contract of the registers of accounts, endpoints and agents: a row changes only if it is as it was read.
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

/** Returns how many of several concurrent changes took effect. */
async function countWinners(changes: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(changes)).filter((isDone) => isDone).length;
}

/** Describes the tests that these registers must pass. */
export function describeRegistersContract(makePorts: () => RegistersContractPorts): void {
  describe('accounts', () => {
    it('are returned completely, and listed', async () => {
      const { accounts, freshDirectory } = makePorts();
      const account = sampleAccount({ name: 'Müller & Söhne', stateSince: NOW, jobsPerMinute: 5 });
      expect(await accounts.find(account.accountId)).toBeUndefined();
      expect(await accounts.create(account)).toBe(true);
      expect(await accounts.find(account.accountId)).toEqual(account);
      const listed = await freshDirectory().listAccounts();
      expect(listed.filter(({ accountId }) => accountId === account.accountId)).toEqual([account]);
    });

    it('are not created under a taken id', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      await accounts.create(account);
      expect(await accounts.create({ ...account, name: 'Another' })).toBe(false);
      expect(await accounts.find(account.accountId)).toEqual(account);
    });

    it.each([
      ['name', { name: 'New name' }],
      ['state and its time', { state: 'suspended', stateSince: NOW }],
      ['missing limit', { jobsPerMinute: 7 }],
      ['pools', { pools: ['default', 'second', 'third'] }],
    ] as const)('change their %s, and only once from one reading', async (_what, change: Partial<Account>) => {
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

    it('are not created by a change', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      expect(await accounts.change(account, { ...account, state: 'suspended' })).toBe(false);
      expect(await accounts.find(account.accountId)).toBeUndefined();
    });

    it('accept one of many concurrent changes', async () => {
      const { accounts } = makePorts();
      const account = sampleAccount();
      await accounts.create(account);
      const changes = Array.from({ length: 8 }, (_, index) =>
        accounts.change(account, { ...account, jobsPerMonth: index }),
      );
      expect(await countWinners(changes)).toBe(1);
    });
  });

  describe('endpoints', () => {
    it('are returned completely, listed for their account, and removed', async () => {
      const { endpoints } = makePorts();
      const accountId = unique('account');
      const [first, second] = [
        sampleEndpoint({ accountId, state: 'unverified', keyId: 'acme' }),
        sampleEndpoint({ accountId }),
      ];
      for (const endpoint of [first, second, sampleEndpoint({ accountId: `${accountId}0` })])
        expect(await endpoints.create(endpoint)).toBe(true);
      expect(await endpoints.find(accountId, first.endpointId)).toEqual(first);
      expect(await endpoints.list(accountId)).toHaveLength(2);
      expect(await endpoints.list(accountId)).toEqual(expect.arrayContaining([first, second]));
      await endpoints.remove(accountId, first.endpointId);
      await endpoints.remove(accountId, first.endpointId);
      expect(await endpoints.list(accountId)).toEqual([second]);
    });

    it('may have the same id in two accounts', async () => {
      const { endpoints } = makePorts();
      const first = sampleEndpoint({ accountId: unique('account') });
      const second = { ...first, accountId: unique('account'), url: 'https://other.example.org/' };
      expect(await endpoints.create(first)).toBe(true);
      expect(await endpoints.create(second)).toBe(true);
      expect(await endpoints.find(first.accountId, first.endpointId)).toEqual(first);
    });

    it('are not created under a taken id, and change only if they are as they were read', async () => {
      const { endpoints } = makePorts();
      const endpoint = sampleEndpoint({ accountId: unique('account'), state: 'unverified' });
      const changed: Endpoint = { ...endpoint, state: 'active' };
      expect(await endpoints.change(endpoint, changed)).toBe(false);
      await endpoints.create(endpoint);
      expect(await endpoints.create(changed)).toBe(false);
      expect(await countWinners([endpoints.change(endpoint, changed), endpoints.change(endpoint, changed)])).toBe(1);
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

    async function stateOf({ freshDirectory, presence }: RegistersContractPorts, { accountId, keyId }: AgentKey) {
      const key = await freshDirectory().findKey(keyId);
      const seen = (await presence.list(accountId)).find(({ agentId }) => agentId === keyId);
      return { key, state: seen?.state };
    }

    it('are paused and resumed, in their key and in their presence', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      for (const state of ['paused', 'paused', 'active'] as const) {
        expect(await ports.agents.setState(asRef(agent), state, NOW)).toBe('done');
        expect(await stateOf(ports, agent)).toEqual({ key: { ...agent, state }, state });
      }
    });

    it('are revoked permanently: no later change takes effect', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      expect(await ports.agents.setState(asRef(agent), 'revoked', NOW)).toBe('done');
      expect(await ports.agents.setState(asRef(agent), 'revoked', NOW + 1)).toBe('done');
      for (const state of ['active', 'paused'] as const)
        expect(await ports.agents.setState(asRef(agent), state, NOW + 2)).toBe('revoked');
      expect(await stateOf(ports, agent)).toEqual({ key: { ...agent, revokedAt: NOW }, state: 'revoked' });
    });

    it('are unknown in another account, and so are partners’ keys, and they do not change', async () => {
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
      expect(await stateOf(ports, agent)).toEqual({ key: agent, state: 'active' });
      expect(await ports.freshDirectory().findKey(partner.keyId)).toEqual(partner);
      expect(await ports.freshDirectory().findKey('agt_none')).toBeUndefined();
    });
  });
}
