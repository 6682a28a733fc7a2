// The exhaustive search of the small model: every sequence of steps from the empty relay, with every fault of a process or queue.
import { expect, it } from 'vitest';
import { type Bounds, createTimeLimit, IS_DEEP, IS_LONG, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { search } from './search/search.ts';
import { stateAt } from './search/starts.ts';
import { createSmallCase } from './system/small-case.ts';

const BOUNDS: Bounds = IS_DEEP
  ? { depth: 5, states: 3_500, transitions: 20_000 }
  : { depth: 4, states: 650, transitions: 3_500 };

it(
  `finds no violated invariant within ${BOUNDS.depth} steps and one fault of the empty relay`,
  async () => {
    const small = createSmallCase();
    const starts = [await stateAt(small, 'an empty relay', IS_LONG ? 2 : 1)];
    const found = await search(small, { starts, depth: IS_LONG ? 20 : BOUNDS.depth, mayContinue: createTimeLimit() });
    expect(found.counterexample).toBeUndefined();
    // Fewer states would mean that the search has shrunk.
    expect(found.states).toBeGreaterThan(BOUNDS.states);
    expect(found.transitions).toBeGreaterThan(BOUNDS.transitions);
  },
  TEST_TIMEOUT_MS,
);
