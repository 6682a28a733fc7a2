// Deciding why a job waits: a table with each reason, and properties that hold for any set of agents.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PENDING_REASONS } from '../../../lib/protocol/pending-reasons.ts';
import { countLiveLeases, decidePendingReason, isOnline } from '../../../lib/relay/jobs/pending-reason.ts';
import type { AgentPresence } from '../../../lib/relay/model/records.ts';
import { DAY, MINUTE, NOW, SECOND, sampleJob, samplePresence } from '../../support/relay/samples.ts';

const POOL = 'default';
const decide = (agents: readonly AgentPresence[], leases?: ReadonlyMap<string, number>) =>
  decidePendingReason({ agents, ...(leases && { leases }) }, POOL, NOW);

const idle = samplePresence();
const paused = samplePresence({ state: 'paused' });
const revoked = samplePresence({ state: 'revoked' });
const elsewhere = samplePresence({ pool: 'second' });
const unseen = samplePresence({ lastSeenAt: undefined });
const seen = (agoMs: number) => samplePresence({ lastSeenAt: NOW - agoMs });

describe('the reason', () => {
  it.each([
    ['no_agent_enrolled', 'the account has no agent', []],
    ['no_agent_enrolled', 'all are revoked', [revoked, revoked]],
    ['no_agent_in_pool', 'all are in another pool', [elsewhere]],
    ['no_agent_in_pool', 'the only agent in the pool is revoked', [elsewhere, revoked]],
    ['no_agent_online', 'the only agent in the pool has not polled yet', [unseen, elsewhere]],
    ['no_agent_online', 'the agent was seen twelve minutes and a millisecond ago', [seen(12 * MINUTE + 1)]],
    ['no_agent_online', 'the paused agent is offline', [samplePresence({ state: 'paused', lastSeenAt: NOW - DAY })]],
    ['next_poll', 'the agent was seen twelve minutes ago', [seen(12 * MINUTE)]],
    ['next_poll', 'a clock that is ahead wrote the last poll', [seen(-SECOND)]],
    ['agents_paused', 'all online agents are paused', [paused, paused, unseen, elsewhere, revoked]],
    ['next_poll', 'one online agent is not paused', [paused, idle]],
  ] as const)('is %s when %s', (reason, _, agents) => {
    expect(decide(agents)).toBe(reason);
  });
});

describe('the reason, for any set of agents,', () => {
  const agent: fc.Arbitrary<AgentPresence> = fc
    .record({
      pool: fc.constantFrom(POOL, 'second'),
      state: fc.constantFrom('active', 'paused', 'revoked'),
      lastSeenAt: fc.option(fc.integer({ min: NOW - 10 * MINUTE, max: NOW + MINUTE }), { nil: undefined }),
    })
    .map(samplePresence);
  const agents = fc.array(agent, { maxLength: 6 });
  const NEARNESS = Object.keys(PENDING_REASONS);
  const nearness = (some: readonly AgentPresence[]) => NEARNESS.indexOf(decide(some));

  it('is in the table of reasons', () => {
    fc.assert(fc.property(agents, (some) => NEARNESS.includes(decide(some))));
  });

  it('does not depend on the order of the agents', () => {
    fc.assert(fc.property(agents, (some) => decide(some.toReversed()) === decide(some)));
  });

  it('never becomes a less hopeful one when another agent is enrolled', () => {
    fc.assert(fc.property(agents, agent, (some, more) => nearness([...some, more]) >= nearness(some)));
  });

  it('ignores revoked agents', () => {
    const isThere = ({ state }: AgentPresence) => state !== 'revoked';
    fc.assert(fc.property(agents, (some) => decide(some.filter(isThere)) === decide(some)));
  });

  it('is next_poll exactly when an active agent of the pool is online, if no lease is known', () => {
    const online = fc.integer({ min: NOW - 12 * MINUTE, max: NOW }).map((lastSeenAt) => samplePresence({ lastSeenAt }));
    fc.assert(fc.property(agents, online, (some, one) => decide([...some, one]) === 'next_poll'));
    const withoutActive = agents.map((some) => some.filter(({ state }) => state !== 'active'));
    fc.assert(fc.property(withoutActive, (some) => decide(some) !== 'next_poll'));
  });

  it('is agents_busy only if every active agent of the pool that is online is known to hold four jobs', () => {
    const held = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(agents, held, (some, counts) => {
        const leases = new Map(some.map(({ agentId }, index) => [agentId, counts[index] ?? 0]));
        const takers = some.filter((one) => one.state === 'active' && one.pool === POOL && isOnline(one, NOW));
        const areBusy = takers.length > 0 && takers.every(({ agentId }) => (leases.get(agentId) ?? 0) >= 4);
        return (decide(some, leases) === 'agents_busy') === areBusy;
      }),
    );
  });
});

describe('the live leases of agents', () => {
  it('are counted for each agent, without those that have run out and jobs that have ended', () => {
    const leased = (leasedBy: string, leaseUntil: number) => sampleJob({ state: 'leased', leasedBy, leaseUntil });
    const jobs = [
      leased('agt_1', NOW + 1),
      leased('agt_1', NOW + MINUTE),
      leased('agt_1', NOW),
      leased('agt_2', NOW + 1),
      sampleJob({ leasedBy: 'agt_2' }),
      sampleJob({ state: 'completed', leasedBy: 'agt_2' }),
    ];
    expect([...countLiveLeases(jobs, NOW)]).toEqual([
      ['agt_1', 2],
      ['agt_2', 1],
    ]);
  });
});
