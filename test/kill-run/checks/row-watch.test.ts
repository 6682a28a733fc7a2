// The row watch: it reports fences that decrease, and changes after the end of a job.
import { expect, test } from 'vitest';
import type { Job } from '../../../lib/relay/model/records.ts';
import { createRowWatch } from './row-watch.ts';

const QUEUED = { jobId: 'job_1', createdAt: 1, state: 'queued', fence: 0 } as Job;
const LEASED = { ...QUEUED, state: 'leased', fence: 1, leasedBy: 'agt_1', leasedAt: 5 } as Job;
const TAKEN_OVER = { ...LEASED, fence: 2, leasedBy: 'other', leasedAt: 9 } as Job;
const { leasedAt: _, ...NO_START } = TAKEN_OVER;
const ENDED = { ...NO_START, state: 'completed', updatedAt: 12 } as Job;

function findingsOf(...rows: Job[]): readonly string[] {
  const watch = createRowWatch();
  for (const job of rows) watch.observe([job]);
  return watch.findings;
}

test('reports nothing for a job that goes from queued to completed', () => {
  const { leasedBy: __, leasedAt: ___, ...released } = LEASED;
  expect(findingsOf(QUEUED, LEASED, { ...released, state: 'queued' }, TAKEN_OVER, TAKEN_OVER, ENDED, ENDED)).toEqual(
    [],
  );
});

test.each([
  ['job_1 changed after its end', [ENDED, { ...ENDED, updatedAt: 13 }]],
  ['job_1 changed after its end', [ENDED, LEASED]],
  ['job_1 was created twice', [QUEUED, { ...QUEUED, createdAt: 2 }]],
  ['the fence of job_1 went from 2 to 1', [TAKEN_OVER, LEASED]],
  ['job_1 has another lease under fence 1', [LEASED, { ...LEASED, leasedBy: 'other' }]],
  ['job_1 has another lease under fence 1', [LEASED, { ...LEASED, leasedAt: 6 }]],
  ['job_1 has another lease under fence 2', [TAKEN_OVER, { ...ENDED, leasedBy: 'agt_1' }]],
] as const)('reports: %s', (finding, rows) => {
  expect(findingsOf(...rows)).toEqual([finding]);
});
