// Two agents, two jobs: every sequence of steps from nothing, of processes that crash or fail at every call, and of a queue that misbehaves.
import { expect, it } from 'vitest';
import { createPatience, IS_LONG, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { search } from './search/search.ts';
import { stateAt } from './search/starts.ts';
import { createSmallCase } from './system/small-case.ts';

it(
  'every sentence holds in every state that five steps and one fault can lead to from nothing',
  async () => {
    const small = createSmallCase();
    const starts = [await stateAt(small, 'nothing', IS_LONG ? 2 : 1)];
    const found = await search(small, { starts, depth: IS_LONG ? 20 : 5, mayGoOn: createPatience() });
    expect(found.breach).toBeUndefined();
    // A search that has shrunk would find nothing either.
    expect(found.states).toBeGreaterThan(3_500);
    expect(found.transitions).toBeGreaterThan(20_000);
  },
  TEST_TIMEOUT_MS,
);
