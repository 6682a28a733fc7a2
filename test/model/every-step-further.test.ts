// The same from moments that lie further away: leases taken over, at their last attempt, at their cap, shortly before the deadline.
import { describe, expect, it } from 'vitest';
import { createPatience, IS_LONG, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { huntEnds } from './search/hunts.ts';
import { search } from './search/search.ts';
import { leaseAtItsCap, STARTS, stateAt } from './search/starts.ts';
import { createSmallCase } from './system/small-case.ts';

/** How deep from there, and how many states and transitions that is at least: a search that has shrunk finds nothing either. */
const BOUNDS = {
  nothing: { depth: 3, states: 100, transitions: 700 },
  'each agent has a job': { depth: 3, states: 1_700, transitions: 13_000 },
  'a pointer to the job of another account': { depth: 2, states: 300, transitions: 1_500 },
  'a job behind stale pointers': { depth: 2, states: 400, transitions: 3_400 },
  'a lease was taken from a frozen agent': { depth: 3, states: 1_700, transitions: 13_000 },
  'a lease at its last attempt': { depth: 2, states: 240, transitions: 2_800 },
  'a job that nobody had and a lease, shortly before the deadline': { depth: 2, states: 500, transitions: 2_700 },
} as const satisfies Record<keyof typeof STARTS, unknown>;

const NAMES = Object.keys(STARTS) as (keyof typeof STARTS)[];

describe.each(NAMES)('%s', (start) => {
  it(
    'every sentence holds in every state that is near, whatever fails',
    async () => {
      const small = createSmallCase();
      const { depth, states, transitions } = BOUNDS[start];
      const starts = [await stateAt(small, start, IS_LONG ? 2 : 1)];
      const found = await search(small, { starts, depth: IS_LONG ? 20 : depth, mayGoOn: createPatience() });
      expect(found.breach).toBeUndefined();
      expect(found.states).toBeGreaterThan(states);
      expect(found.transitions).toBeGreaterThan(transitions);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'from every state that is next, whatever failed, each accepted job ends, and is done where there was time',
    async () => {
      const { tried, breach } = await huntEnds(start, IS_LONG ? 2 : 1);
      expect(breach).toBeUndefined();
      expect(tried).toBeGreaterThan(5);
    },
    TEST_TIMEOUT_MS,
  );
});

it('a lease that was renewed for half an hour: every sentence holds', async () => {
  const { small, state } = await leaseAtItsCap();
  const found = await search(small, { starts: [state], depth: 3 });
  expect(found.breach).toBeUndefined();
  expect(found.states).toBeGreaterThan(200);
});
