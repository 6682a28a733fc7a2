// Why a job waits, decided: a table of each reason, and what holds for all agents.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PENDING_REASONS } from '../../../lib/protocol/pending-reasons.ts';
import { decidePendingReason } from '../../../lib/relay/jobs/pending-reason.ts';
import type { AgentPresence } from '../../../lib/relay/model/records.ts';
import { DAY, MINUTE, NOW, SECOND, samplePresence } from '../../support/relay/samples.ts';

const POOL = 'default';
const decide = (agents: readonly AgentPresence[]) => decidePendingReason(agents, POOL, NOW);

const busy = samplePresence();
const paused = samplePresence({ state: 'paused' });
const revoked = samplePresence({ state: 'revoked' });
const elsewhere = samplePresence({ pool: 'second' });
const unseen = samplePresence({ lastSeenAt: undefined });
const seen = (agoMs: number) => samplePresence({ lastSeenAt: NOW - agoMs });

describe('the reason', () => {
  it.each([
    ['no_agent_enrolled', 'there is none', []],
    ['no_agent_enrolled', 'all are revoked', [revoked, revoked]],
    ['no_agent_in_pool', 'all are in another pool', [elsewhere]],
    ['no_agent_in_pool', 'the one in the pool is revoked', [elsewhere, revoked]],
    ['no_agent_online', 'the one in the pool has not polled yet', [unseen, elsewhere]],
    ['no_agent_online', 'it was seen twelve minutes and a millisecond ago', [seen(12 * MINUTE + 1)]],
    ['no_agent_online', 'the paused one is not online', [samplePresence({ state: 'paused', lastSeenAt: NOW - DAY })]],
    ['agents_busy', 'it was seen twelve minutes ago', [seen(12 * MINUTE)]],
    ['agents_busy', 'another clock, which is ahead, wrote when', [seen(-SECOND)]],
    ['agents_paused', 'the ones online are paused', [paused, paused, unseen, elsewhere, revoked]],
    ['agents_busy', 'one of those online is not paused', [paused, busy]],
  ] as const)('is %s where %s', (reason, _, agents) => {
    expect(decide(agents)).toBe(reason);
  });
});

describe('whatever the agents', () => {
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

  it('is one of the table', () => {
    fc.assert(fc.property(agents, (some) => NEARNESS.includes(decide(some))));
  });

  it('does not depend on their order', () => {
    fc.assert(fc.property(agents, (some) => decide(some.toReversed()) === decide(some)));
  });

  it('never gets further from an agent when one more is enrolled', () => {
    fc.assert(fc.property(agents, agent, (some, more) => nearness([...some, more]) >= nearness(some)));
  });

  it('is the same without the revoked ones', () => {
    const isThere = ({ state }: AgentPresence) => state !== 'revoked';
    fc.assert(fc.property(agents, (some) => decide(some.filter(isThere)) === decide(some)));
  });

  it('is that the agents are busy just when one could take the job now', () => {
    const online = fc.integer({ min: NOW - 12 * MINUTE, max: NOW }).map((lastSeenAt) => samplePresence({ lastSeenAt }));
    fc.assert(fc.property(agents, online, (some, one) => decide([...some, one]) === 'agents_busy'));
    const withoutActive = agents.map((some) => some.filter(({ state }) => state !== 'active'));
    fc.assert(fc.property(withoutActive, (some) => decide(some) !== 'agents_busy'));
  });
});
