// Two accounts, three agents, six jobs, signed requests through the front door of two warm processes: drawn at random.
import * as fc from 'fast-check';
import { it } from 'vitest';
import { IS_LONG, LONG_SECONDS, SEED, TEST_TIMEOUT_MS } from './search/bounds.ts';
import { tenantsProperty } from './search/hunts.ts';

/** All of the time, or so many draws. */
const BOUNDS = IS_LONG ? { numRuns: 1_000_000, interruptAfterTimeLimit: LONG_SECONDS * 1000 } : { numRuns: 100 };

it(
  'every sentence holds, whatever is drawn',
  () => fc.assert(tenantsProperty(undefined, IS_LONG ? 80 : 30), { ...BOUNDS, ...SEED }),
  TEST_TIMEOUT_MS,
);
