// The exhaustive search of the small model: every sequence of steps from the empty relay, with every fault of a process or queue.
import { expect, it } from 'vitest';
import { createTimeLimit, IS_LONG, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { search } from './search/search.ts';
import { stateAt } from './search/starts.ts';
import { createSmallCase } from './system/small-case.ts';

it(
  'finds no violated invariant within five steps and one fault of the empty relay',
  async () => {
    const small = createSmallCase();
    const starts = [await stateAt(small, 'an empty relay', IS_LONG ? 2 : 1)];
    const found = await search(small, { starts, depth: IS_LONG ? 20 : 5, mayContinue: createTimeLimit() });
    expect(found.counterexample).toBeUndefined();
    // Fewer states would mean that the search has shrunk.
    expect(found.states).toBeGreaterThan(3_500);
    expect(found.transitions).toBeGreaterThan(20_000);
  },
  TEST_TIMEOUT_MS,
);
