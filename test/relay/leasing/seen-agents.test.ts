// SeenAgents: it remembers the newest presence write of each agent, for a limited number of agents.
import { expect, it } from 'vitest';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';

const at = (seenAt: number) => ({ seenAt, said: '' });

it('remembers the newest time of each agent, and returns 0 for an unknown agent', () => {
  const seen = new SeenAgents();
  seen.record('one', at(100));
  seen.record('other', at(200));
  seen.record('one', at(300));
  expect(['one', 'other', 'third'].map((id) => seen.find(id).seenAt)).toEqual([300, 200, 0]);
});

it('evicts the agent that was recorded longest ago when there are more than a thousand', () => {
  const seen = new SeenAgents();
  for (let second = 1; second <= 1_000; second += 1) seen.record(`agent ${second}`, at(second));
  seen.record('agent 1', at(1_001));
  expect(seen.find('agent 2').seenAt).toBe(2);
  seen.record('one more', at(1_002));
  expect(['agent 1', 'agent 2', 'agent 3', 'one more'].map((id) => seen.find(id).seenAt)).toEqual([1_001, 0, 3, 1_002]);
});
