// A job as a row of the table, and back.

import { LIMITS } from '../../api/limits.ts';
import { dueShardOf } from '../../relay/model/job-identity.ts';
import type { Job, JobResult } from '../../relay/model/records.ts';
import type { Item, ItemKey } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

/** The string attribute by which the stream's filter knows job rows. */
export const JOB_KIND = 'job';

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

/** What came as JSON is kept as JSON: the same bytes come out again, whatever numbers and keys are in it. */
export function toStoredResult(result: JobResult): string {
  return JSON.stringify(result);
}

/** The job id in a partition key. */
export function jobIdOf(pk: string): string {
  return pk.slice('JOB#'.length);
}
