// All mutations: each breaks one guard of jobs, queues or leases, and names the invariant that must catch it.
import type { Mutation } from '../search/mutation.ts';
import { BROKEN_ADMISSION } from './broken-admission.ts';
import { BROKEN_LEASES } from './broken-leases.ts';
import { BROKEN_RESULTS } from './broken-results.ts';
import { BROKEN_SWEEP } from './broken-sweep.ts';

export const MUTATIONS: readonly Mutation[] = [
  ...BROKEN_LEASES,
  ...BROKEN_RESULTS,
  ...BROKEN_SWEEP,
  ...BROKEN_ADMISSION,
];
