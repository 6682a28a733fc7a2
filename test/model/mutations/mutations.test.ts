// The model can fail: each guard of section 7 is broken in turn, and it says which sentence does not hold any more.
import { describe, expect, it } from 'vitest';
import { hunt } from '../search/hunts.ts';
import { MUTATIONS } from './mutations.ts';

describe('the model', () => {
  it.each(MUTATIONS)('notices when this guard is broken: $guard', async (mutation) => {
    const { breach } = await hunt(mutation);
    expect(breach?.broken.map(({ invariant }) => invariant)).toContain(mutation.breaks);
  });
});
