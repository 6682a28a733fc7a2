// Stream records as jobs.
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { toJobRow } from '../../lib/aws/job-row.ts';
import { jobsAfter, sequenceNumberOf } from '../../lib/aws/stream-event.ts';
import { NOW, sampleJob, sampleResult } from '../relay/samples.ts';

function recordOf(row: Record<string, unknown>): DynamoDBRecord {
  const NewImage = marshall(row, { removeUndefinedValues: true }) as never;
  return { eventName: 'MODIFY', dynamodb: { SequenceNumber: '100', NewImage } };
}

it('gives the job as it stands after the change', () => {
  const job = sampleJob({ state: 'completed', result: sampleResult(), evidenceSha256: 'sha' });
  expect(jobsAfter(recordOf(toJobRow(job)))).toEqual([job]);
});

it.each([
  ['about something else', recordOf({ pk: 'KEY#1', sk: 'KEY', keyId: '1', state: 'completed' })],
  ['about the evidence of a job', recordOf({ pk: 'JOB#1', sk: 'EVIDENCE', createdAt: NOW })],
  ['about a row that was removed', { eventName: 'REMOVE', dynamodb: { SequenceNumber: '1' } } as DynamoDBRecord],
  ['without any image', { eventName: 'MODIFY' } as DynamoDBRecord],
])('gives no job for a record %s', (_what, record) => {
  expect(jobsAfter(record)).toEqual([]);
});

it('names a record by its sequence number; one without fails its whole batch', () => {
  expect(sequenceNumberOf(recordOf({ pk: 'a', sk: 'b' }))).toBe('100');
  expect(sequenceNumberOf({})).toBe('');
});
