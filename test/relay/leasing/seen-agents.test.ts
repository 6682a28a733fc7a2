// What a process remembers of the agents it saw: the newest time of each, and not of too many.
import { expect, it } from 'vitest';
import { SeenAgents } from '../../../lib/relay/leasing/seen-agents.ts';

it('remembers the newest time of each agent, and none of an agent it did not see', () => {
  const seen = new SeenAgents();
  seen.note('one', 100);
  seen.note('other', 200);
  seen.note('one', 300);
  expect(['one', 'other', 'third'].map((id) => seen.lastNoted(id))).toEqual([300, 200, 0]);
});

it('forgets the one that was noted longest ago when there are more than a thousand', () => {
  const seen = new SeenAgents();
  for (let at = 1; at <= 1_000; at += 1) seen.note(`agent ${at}`, at);
  seen.note('agent 1', 1_001);
  expect(seen.lastNoted('agent 2')).toBe(2);
  seen.note('one more', 1_002);
  expect(['agent 1', 'agent 2', 'agent 3', 'one more'].map((id) => seen.lastNoted(id))).toEqual([1_001, 0, 3, 1_002]);
});
