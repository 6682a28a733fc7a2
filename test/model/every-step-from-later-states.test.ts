// The exhaustive search from later states: a lease taken over, at its last attempt, at its cap, or near the deadline.
import { describe, expect, it } from 'vitest';
import { type Bounds, createTimeLimit, IS_DEEP, IS_LONG, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { search } from './search/search.ts';
import { leaseAtItsCap, STARTS, stateAt } from './search/starts.ts';
import { searchEnds } from './search/strategies.ts';
import { createSmallCase } from './system/small-case.ts';

const TWO_JOBS: Bounds = IS_DEEP
  ? { depth: 3, states: 1_700, transitions: 13_000 }
  : { depth: 2, states: 200, transitions: 1_800 };

/** The bounds of the search from each start. */
const BOUNDS = {
  'an empty relay': { depth: 3, states: 100, transitions: 700 },
  'each agent has a job': TWO_JOBS,
  'a pointer to the job of another account': { depth: 2, states: 300, transitions: 1_500 },
  'a job behind stale pointers': { depth: 2, states: 400, transitions: 3_400 },
  'a lease was taken from a frozen agent': TWO_JOBS,
  'a lease at its last attempt': { depth: 2, states: 240, transitions: 2_800 },
  'a job without an agent and a leased job, shortly before the deadline': { depth: 2, states: 500, transitions: 2_700 },
} as const satisfies Record<keyof typeof STARTS, Bounds>;

const START_NAMES = Object.keys(STARTS) as (keyof typeof STARTS)[];

describe.each(START_NAMES)('%s', (start) => {
  it(
    'leads to no violated invariant in any near state, with any fault',
    async () => {
      const small = createSmallCase();
      const { depth, states, transitions } = BOUNDS[start];
      const starts = [await stateAt(small, start, IS_LONG ? 2 : 1)];
      const found = await search(small, { starts, depth: IS_LONG ? 20 : depth, mayContinue: createTimeLimit() });
      expect(found.counterexample).toBeUndefined();
      expect(found.states).toBeGreaterThan(states);
      expect(found.transitions).toBeGreaterThan(transitions);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'leads from each next state to the end of every accepted job, which is completed if there was time',
    async () => {
      const { tried, counterexample } = await searchEnds(start, IS_LONG ? 2 : 1);
      expect(counterexample).toBeUndefined();
      expect(tried).toBeGreaterThan(5);
    },
    TEST_TIMEOUT_MS,
  );
});

it('finds no violated invariant after a lease was renewed for half an hour', async () => {
  const { small, state } = await leaseAtItsCap();
  const found = await search(small, { starts: [state], depth: 3 });
  expect(found.counterexample).toBeUndefined();
  expect(found.states).toBeGreaterThan(200);
});
