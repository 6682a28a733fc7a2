// A job as a row of the table, and a row as a job.

import { LIMITS } from '../../api/limits.ts';
import { dueShardOf } from '../../relay/model/job-identity.ts';
import type { Job, JobResult } from '../../relay/model/records.ts';
import type { Item, ItemKey } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

/** The string attribute by which the stream's filter recognizes job rows. */
export const JOB_KIND = 'job';

/** Returns the row of a job, with the attributes of its indexes and its expiry. */
export function toJobRow(job: Job): ItemKey & Item {
  const { jobId, accountId, submission, result, ...rest } = job;
  return {
    ...ITEM_KEYS.job(jobId),
    ...rest,
    submission: JSON.stringify(submission),
    result: result && toStoredResult(result),
    kind: JOB_KIND,
    account: accountId,
    createdAtJobId: `${new Date(job.createdAt).toISOString()}#${jobId}`,
    dueShard: job.dueAt === undefined ? undefined : dueShardOf(jobId),
    expiresAt: expiresAtSeconds(job.createdAt + LIMITS.retentionSeconds * 1000),
  };
}

/** Returns the job of a row. */
export function fromJobRow(row: Item): Job {
  const { pk, sk, kind, account, createdAtJobId, dueShard, expiresAt, submission, result, ...rest } = row;
  return {
    jobId: jobIdOf(pk),
    accountId: account,
    submission: JSON.parse(submission),
    ...rest,
    ...(result !== undefined && { result: JSON.parse(result) }),
  } as unknown as Job;
}

/**
 * Returns the result as JSON text. It came as JSON, so the same bytes come out again, with all its numbers and keys.
 */
export function toStoredResult(result: JobResult): string {
  return JSON.stringify(result);
}

/** Returns the job id in a partition key. */
export function jobIdOf(pk: string): string {
  return pk.slice('JOB#'.length);
}
