// Reads jobs and quota warnings from records of the DynamoDB stream.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Job, QuotaWarning } from '../../relay/model/records.ts';
import type { Item } from '../table/dynamodb-table.ts';
import { fromJobRow, JOB_KIND } from '../table/job-row.ts';
import { fromWarnedRow, QUOTA_KIND } from '../table/quota-row.ts';

/** Returns the job after the change, or nothing when the record is about something else. */
export function jobsAfter(record: DynamoDBRecord): Job[] {
  const row = rowOf(record.dynamodb?.NewImage);
  return row?.['kind'] === JOB_KIND ? [fromJobRow(row)] : [];
}

/** Returns the warning that the change wrote. Returns nothing when it existed before, or for any other record. */
export function warningsIn({ dynamodb }: DynamoDBRecord): QuotaWarning[] {
  const row = rowOf(dynamodb?.NewImage);
  const wasWarned = rowOf(dynamodb?.OldImage)?.['warnedAt'] !== undefined;
  const warning = row?.['kind'] === QUOTA_KIND && !wasWarned ? fromWarnedRow(row) : undefined;
  return warning ? [warning] : [];
}

/** Returns everything in the change that webhook events derive from. */
export function eventSourcesIn(record: DynamoDBRecord): (Job | QuotaWarning)[] {
  return [...jobsAfter(record), ...warningsIn(record)];
}

function rowOf(image: unknown): Item | undefined {
  return image ? unmarshall(image as Record<string, AttributeValue>) : undefined;
}

/** Returns the sequence number, by which a partial failure of a stream's batch names a record. */
export function sequenceNumberOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}
