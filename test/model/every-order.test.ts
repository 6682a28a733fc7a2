// Concurrency in the small model: two processes in every order of their calls, and one process frozen before each call.
import { describe, expect, it } from 'vitest';
import { RACE_POINTS, type RacePoint } from './search/race-points.ts';
import { searchFreezes, searchRaces } from './search/strategies.ts';
import { createSmallCase } from './system/small-case.ts';

const small = createSmallCase();
const RACE_POINT_NAMES = Object.keys(RACE_POINTS) as RacePoint[];

describe.each(RACE_POINT_NAMES)('%s', (racePoint) => {
  it('violates no invariant when any two processes run at once, in any order of their calls', async () => {
    const { tried, counterexample } = await searchRaces(small, racePoint);
    expect(counterexample).toBeUndefined();
    expect(tried).toBeGreaterThan(190);
  });

  it('violates no invariant when any process is frozen before any of its calls', async () => {
    const { tried, counterexample } = await searchFreezes(small, racePoint);
    expect(counterexample).toBeUndefined();
    expect(tried).toBeGreaterThan(70);
  });
});
