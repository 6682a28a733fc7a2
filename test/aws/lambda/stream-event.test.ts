// Stream records as jobs and quota warnings.
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eventSourcesIn, jobsAfter, sequenceNumberOf, warningsIn } from '../../../lib/aws/lambda/stream-event.ts';
import { ITEM_KEYS } from '../../../lib/aws/table/item-keys.ts';
import { toJobRow } from '../../../lib/aws/table/job-row.ts';
import { toWarningFields } from '../../../lib/aws/table/quota-row.ts';
import { NOW, sampleJob, sampleResult, sampleWarning } from '../../support/relay/samples.ts';

function recordOf(row: Record<string, unknown>): DynamoDBRecord {
  const NewImage = marshall(row, { removeUndefinedValues: true }) as never;
  return { eventName: 'MODIFY', dynamodb: { SequenceNumber: '100', NewImage } };
}

it('returns the job after the change', () => {
  const job = sampleJob({ state: 'completed', result: sampleResult(), evidenceSha256: 'sha' });
  expect(jobsAfter(recordOf(toJobRow(job)))).toEqual([job]);
});

it.each([
  ['about something else', recordOf({ pk: 'KEY#1', sk: 'KEY', keyId: '1', state: 'completed' })],
  ['about the evidence of a job', recordOf({ pk: 'JOB#1', sk: 'EVIDENCE', createdAt: NOW })],
  ['about a row that was removed', { eventName: 'REMOVE', dynamodb: { SequenceNumber: '1' } } as DynamoDBRecord],
  ['without any image', { eventName: 'MODIFY' } as DynamoDBRecord],
])('returns no job for a record %s', (_what, record) => {
  expect(jobsAfter(record)).toEqual([]);
});

describe('a change of a quota row', () => {
  const warning = sampleWarning();
  const counted = { ...ITEM_KEYS.quota(warning.accountId, warning.month), used: 85, minute: 'm', usedInMinute: 1 };
  const warned = { ...counted, ...toWarningFields(warning) };
  const change = (before: object | undefined, after: object | undefined) =>
    ({
      eventName: 'MODIFY',
      dynamodb: { OldImage: before && marshall(before), NewImage: after && marshall(after) },
    }) as DynamoDBRecord;

  it('returns the warning when the change wrote it', () => {
    expect(warningsIn(change(counted, warned))).toEqual([warning]);
    expect(warningsIn(change(undefined, warned))).toEqual([warning]);
    expect(jobsAfter(change(counted, warned))).toEqual([]);
  });

  it.each([
    ['takes units', counted, { ...counted, used: 86 }],
    ['takes units after the warning', warned, { ...warned, used: 86 }],
    ['removes the row', warned, undefined],
    ['belongs to a job', sampleJob(), toJobRow(sampleJob())],
  ])('returns no warning when the change %s', (_what, before, after) => {
    const withoutGaps = (row: object) => JSON.parse(JSON.stringify(row));
    expect(warningsIn(change(withoutGaps(before), after && withoutGaps(after)))).toEqual([]);
  });
});

it('returns jobs and warnings as sources of events', () => {
  const job = sampleJob();
  const warning = sampleWarning();
  const row = { ...ITEM_KEYS.quota(warning.accountId, warning.month), ...toWarningFields(warning) };
  expect(eventSourcesIn(recordOf(toJobRow(job)))).toEqual([job]);
  expect(eventSourcesIn(recordOf(row))).toEqual([warning]);
  expect(eventSourcesIn(recordOf({ pk: 'KEY#1', sk: 'KEY' }))).toEqual([]);
});

it('names a record by its sequence number, and a batch by an empty one', () => {
  expect(sequenceNumberOf(recordOf({ pk: 'a', sk: 'b' }))).toBe('100');
  expect(sequenceNumberOf({})).toBe('');
});
