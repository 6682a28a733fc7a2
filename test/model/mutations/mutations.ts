// Each guard of the design's section 7, broken in turn, and the sentence that the model must find broken.
import type { Mutation } from '../search/breaking.ts';
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
