// DynamoDB stream records to jobs and quota warnings.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Job, QuotaWarning } from '../../relay/model/records.ts';
import type { Item } from '../table/dynamodb-table.ts';
import { fromJobRow, JOB_KIND } from '../table/job-row.ts';
import { fromWarnedRow, QUOTA_KIND } from '../table/quota-row.ts';

/** The job as it stands after the change; none when the record is about something else. */
export function jobsAfter(record: DynamoDBRecord): Job[] {
  const row = rowOf(record.dynamodb?.NewImage);
  return row?.['kind'] === JOB_KIND ? [fromJobRow(row)] : [];
}

/** The warning that the change wrote; none when it was there before, or the record is about something else. */
export function warningsIn({ dynamodb }: DynamoDBRecord): QuotaWarning[] {
  const row = rowOf(dynamodb?.NewImage);
  const wasWarned = rowOf(dynamodb?.OldImage)?.['warnedAt'] !== undefined;
  const warning = row?.['kind'] === QUOTA_KIND && !wasWarned ? fromWarnedRow(row) : undefined;
  return warning ? [warning] : [];
}

/** All that the change is an event of. */
export function eventSourcesIn(record: DynamoDBRecord): (Job | QuotaWarning)[] {
  return [...jobsAfter(record), ...warningsIn(record)];
}

function rowOf(image: unknown): Item | undefined {
  return image ? unmarshall(image as Record<string, AttributeValue>) : undefined;
}

/** How a stream's partial failure names a record. */
export function sequenceNumberOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}
