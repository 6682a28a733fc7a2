// The contract of presence: it lists an account's agents, records when each was seen, and changes nothing else.
import { describe, expect, it } from 'vitest';
import type { AgentInstances, Directory, Enrollment, Presence } from '../../../lib/relay/model/ports.ts';
import type { AgentKey, AgentPresence } from '../../../lib/relay/model/records.ts';
import type { Registry } from '../../../lib/relay/operator/operator-ports.ts';
import {
  MINUTE,
  NOW,
  sampleAccount,
  sampleAgentKey,
  sampleEndpoint,
  sampleGrant,
} from '../../support/relay/samples.ts';
import type { RowPutter } from '../../support/services/put-rows.ts';

export interface PresenceContractPorts {
  readonly presence: Presence;
  readonly enrollment: Enrollment;
  readonly instances: AgentInstances;
  readonly freshDirectory: () => Pick<Directory, 'findKey'>;
  readonly registry: Registry & RowPutter;
  /** Sets the agent's state as operators' commands do. */
  setAgentState(agent: AgentKey, state: AgentPresence['state']): Promise<void>;
}

/** Describes the tests that every presence must pass. */
export function describePresenceContract(makePorts: () => PresenceContractPorts): void {
  const { accountId } = sampleAccount();

  async function enrolled(ports: PresenceContractPorts, overrides: Partial<AgentKey> = {}): Promise<AgentKey> {
    const agent = sampleAgentKey({ accountId, ...overrides });
    const grant = sampleGrant({ accountId: agent.accountId, pool: agent.pool });
    await ports.registry.putGrant(grant);
    await ports.enrollment.redeem(grant, agent, { thumbprint: agent.keyId, name: 'desk 4', nowMs: NOW });
    return agent;
  }

  const asEnrolled = ({ keyId, pool }: AgentKey): AgentPresence => ({
    agentId: keyId,
    name: 'desk 4',
    pool,
    labels: sampleGrant().labels,
    state: 'active',
    enrolledAt: NOW,
  });

  const find = async ({ presence }: PresenceContractPorts, agent: AgentKey) =>
    (await presence.list(agent.accountId)).find(({ agentId }) => agentId === agent.keyId);

  it('lists the agents of an account as they were enrolled, and no other rows', async () => {
    const ports = makePorts();
    const account = sampleAccount();
    await ports.registry.putAccount(account);
    const own = { accountId: account.accountId };
    await ports.registry.putEndpoint(sampleEndpoint(own));
    await enrolled(ports, { accountId: `${own.accountId}0` });
    expect(await ports.presence.list(own.accountId)).toEqual([]);
    const agents = [await enrolled(ports, own), await enrolled(ports, { ...own, pool: 'second' })];
    const listed = await ports.presence.list(own.accountId);
    expect(listed.toSorted((a, b) => (a.agentId < b.agentId ? -1 : 1))).toEqual(agents.map(asEnrolled));
  });

  it('records the last time and the pool', async () => {
    const ports = makePorts();
    const agent = await enrolled(ports);
    await ports.presence.recordSeen(agent, NOW);
    await ports.presence.recordSeen({ ...agent, pool: 'second' }, NOW + 5 * MINUTE);
    expect(await find(ports, agent)).toEqual({
      ...asEnrolled(agent),
      pool: 'second',
      lastSeenAt: NOW + 5 * MINUTE,
    });
  });

  it('leaves a paused agent paused', async () => {
    const ports = makePorts();
    const agent = await enrolled(ports);
    await ports.setAgentState(agent, 'paused');
    await ports.presence.recordSeen(agent, NOW + MINUTE);
    expect(await find(ports, agent)).toEqual({ ...asEnrolled(agent), state: 'paused', lastSeenAt: NOW + MINUTE });
  });

  it('records nothing for a revoked agent', async () => {
    const ports = makePorts();
    const agent = await enrolled(ports);
    await ports.presence.recordSeen(agent, NOW);
    await ports.setAgentState(agent, 'revoked');
    await ports.presence.recordSeen(agent, NOW + MINUTE);
    expect(await find(ports, agent)).toEqual({ ...asEnrolled(agent), state: 'revoked', lastSeenAt: NOW });
  });

  it('creates no agent that does not exist', async () => {
    const ports = makePorts();
    const agent = sampleAgentKey({ accountId });
    await ports.presence.recordSeen(agent, NOW);
    expect(await find(ports, agent)).toBeUndefined();
  });

  const STATEMENT = {
    instance: 'instance-of-the-contract',
    version: '0.1.0',
    platform: 'linux',
    host: 'desk-4',
    concurrency: 4,
    capabilities: ['browser'],
    state: 'running',
  };

  it('records what an agent says of itself, and keeps it when the agent says nothing', async () => {
    const ports = makePorts();
    const agent = await enrolled(ports);
    await ports.presence.recordSeen(agent, NOW, { ...STATEMENT, lastError: undefined });
    await ports.presence.recordSeen(agent, NOW + MINUTE);
    expect(await find(ports, agent)).toEqual({ ...asEnrolled(agent), lastSeenAt: NOW + MINUTE, says: STATEMENT });
    await ports.presence.recordSeen(agent, NOW + MINUTE, { ...STATEMENT, note: 'hello' });
    expect(await find(ports, agent)).toMatchObject({ says: { ...STATEMENT, note: 'hello' } });
  });

  describe('instances', () => {
    const read = async (ports: PresenceContractPorts, { keyId }: AgentKey) =>
      (await ports.freshDirectory().findKey(keyId)) as AgentKey;

    it('replace each other, and the last five that were replaced are kept, newest first', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      for (let start = 1; start <= 8; start += 1)
        expect(await ports.instances.replace(await read(ports, agent), `instance ${start}`)).toBe(true);
      expect(await read(ports, agent)).toEqual({
        ...agent,
        instance: 'instance 8',
        replaced: [7, 6, 5, 4, 3].map((start) => `instance ${start}`),
      });
    });

    it('let one of two win that read the same key', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      const key = await read(ports, agent);
      const won = await Promise.all([ports.instances.replace(key, 'one'), ports.instances.replace(key, 'other')]);
      expect(won.toSorted()).toEqual([false, true]);
    });

    it('are not replaced when the agent is unknown', async () => {
      const ports = makePorts();
      const agent = sampleAgentKey({ accountId });
      expect(await ports.instances.replace(agent, 'one')).toBe(false);
      expect(await ports.freshDirectory().findKey(agent.keyId)).toBeUndefined();
    });

    it('stay as they are when the same key is enrolled again', async () => {
      const ports = makePorts();
      const agent = await enrolled(ports);
      await ports.instances.replace(await read(ports, agent), 'one');
      const grant = sampleGrant({ accountId });
      await ports.registry.putGrant(grant);
      await ports.enrollment.redeem(grant, agent, { thumbprint: agent.keyId, name: 'desk 5', nowMs: NOW });
      expect(await read(ports, agent)).toMatchObject({ instance: 'one' });
    });
  });
}
