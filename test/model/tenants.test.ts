// A random search of the larger model: two accounts, three agents, six jobs, and signed requests to two warm processes.
import * as fc from 'fast-check';
import { it } from 'vitest';
import { IS_LONG, LONG_SECONDS, SEED, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { tenantsProperty } from './search/strategies.ts';

/** A long run is limited by time, a normal one by the number of runs. */
const BOUNDS = IS_LONG ? { numRuns: 1_000_000, interruptAfterTimeLimit: LONG_SECONDS * 1000 } : { numRuns: 100 };

it(
  'finds no violated invariant in random runs',
  () => fc.assert(tenantsProperty(undefined, IS_LONG ? 80 : 30), { ...BOUNDS, ...SEED }),
  TEST_TIMEOUT_MS,
);
