// DynamoDB stream records to jobs.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Job } from '../relay/records.ts';
import { fromJobRow, JOB_KIND } from './job-row.ts';

/** The job as it stands after the change; none when the record is about something else. */
export function jobsAfter(record: DynamoDBRecord): Job[] {
  const image = record.dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
  const row = image && unmarshall(image);
  return row?.['kind'] === JOB_KIND ? [fromJobRow(row)] : [];
}

/** How a stream's partial failure names a record. */
export function sequenceNumberOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}
