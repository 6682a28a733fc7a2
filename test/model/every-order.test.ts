// Two processes at once, in every order of their calls; and one that stands still before each of its calls while others go on.
import { describe, expect, it } from 'vitest';
import { huntFreezes, huntRaces } from './search/hunts.ts';
import { MEETINGS, type Meeting } from './search/meetings.ts';
import { createSmallCase } from './system/small-case.ts';

const small = createSmallCase();
const NAMES = Object.keys(MEETINGS) as Meeting[];

describe.each(NAMES)('%s', (meeting) => {
  it('any two at once, in every order of their calls: every sentence holds', async () => {
    const { tried, breach } = await huntRaces(small, meeting);
    expect(breach).toBeUndefined();
    expect(tried).toBeGreaterThan(190);
  });

  it('any one frozen before any of its calls: every sentence holds', async () => {
    const { tried, breach } = await huntFreezes(small, meeting);
    expect(breach).toBeUndefined();
    expect(tried).toBeGreaterThan(70);
  });
});
