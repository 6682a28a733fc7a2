// What every presence must do: remember when an agent was last seen, and forget nothing else about it.
import { expect, it } from 'vitest';
import type { Enrollment, Presence, Registry } from '../../lib/relay/ports.ts';
import type { AgentKey } from '../../lib/relay/records.ts';
import { MINUTE, NOW, sampleAgentKey, sampleGrant } from '../relay/samples.ts';

export interface PresenceContractPorts {
  readonly presence: Presence;
  readonly enrollment: Enrollment;
  readonly registry: Registry;
  findAgent(agent: AgentKey): Promise<{ pool?: string; name?: string; lastSeenAt?: number } | undefined>;
}

export function describePresenceContract(makePorts: () => PresenceContractPorts): void {
  it('remembers the last time, and the pool', async () => {
    const { presence, findAgent } = makePorts();
    const agent = sampleAgentKey({ pool: 'second' });
    await presence.seen(agent, NOW);
    await presence.seen(agent, NOW + 5 * MINUTE);
    expect(await findAgent(agent)).toMatchObject({ lastSeenAt: NOW + 5 * MINUTE, pool: 'second' });
  });

  it('keeps what the enrolment wrote', async () => {
    const { presence, enrollment, registry, findAgent } = makePorts();
    const [agent, grant] = [sampleAgentKey(), sampleGrant()];
    await registry.putGrant(grant);
    await enrollment.redeem(grant, agent, { thumbprint: 'print', name: 'desk 4', nowMs: NOW });
    await presence.seen(agent, NOW + MINUTE);
    expect(await findAgent(agent)).toMatchObject({ name: 'desk 4', pool: agent.pool, lastSeenAt: NOW + MINUTE });
  });
}
