// SeenAgents: it remembers the newest presence write of each agent, for a limited number of agents.
import { expect, it } from 'vitest';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';

it('remembers the newest time of each agent, and returns 0 for an unknown agent', () => {
  const seen = new SeenAgents();
  seen.record('one', 100);
  seen.record('other', 200);
  seen.record('one', 300);
  expect(['one', 'other', 'third'].map((id) => seen.lastSeenAt(id))).toEqual([300, 200, 0]);
});

it('evicts the agent that was recorded longest ago when there are more than a thousand', () => {
  const seen = new SeenAgents();
  for (let at = 1; at <= 1_000; at += 1) seen.record(`agent ${at}`, at);
  seen.record('agent 1', 1_001);
  expect(seen.lastSeenAt('agent 2')).toBe(2);
  seen.record('one more', 1_002);
  expect(['agent 1', 'agent 2', 'agent 3', 'one more'].map((id) => seen.lastSeenAt(id))).toEqual([1_001, 0, 3, 1_002]);
});
