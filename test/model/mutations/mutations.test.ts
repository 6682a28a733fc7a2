// Proof that the model can fail: it finds the violated invariant when a guard of jobs, queues or leases is broken.
import { describe, expect, it } from 'vitest';
import { findCounterexample } from '../search/strategies.ts';
import { MUTATIONS } from './mutations.ts';

describe('the model', () => {
  it.each(MUTATIONS)('finds a violation when this guard is broken: $guard', async (mutation) => {
    const { counterexample } = await findCounterexample(mutation);
    expect(counterexample?.violations.map(({ invariant }) => invariant)).toContain(mutation.violates);
  });
});
