// An account's jobs by time. The index holds only keys, so the rows are read from the table.
import { inChunks } from '../../relay/model/in-chunks.ts';
import type { JobHistory, JobRef } from '../../relay/model/ports.ts';
import type { Job } from '../../relay/model/records.ts';
import { allOf, atLeast, equals } from '../table/condition.ts';
import type { DynamoTable, Item } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { fromJobRow, jobIdOf } from '../table/job-row.ts';

const INDEX = 'byAccount';

/** Returns the job history on the table. */
export function createJobHistory(table: DynamoTable): JobHistory {
  return {
    async *listCreatedSince(accountId, sinceMs) {
      const keys = table.query(isRecent(accountId, sinceMs), { index: INDEX });
      for await (const some of inChunks(keys)) yield* await readJobs(table, some.map(toRef));
    },
    async readPage(accountId, { sinceMs, before, limit }) {
      // The service rejects a start key outside the queried range.
      if (before && before.createdAt < sinceMs) return { jobs: [], next: undefined };
      const after = before && toIndexKey(accountId, before);
      // One key more than the limit shows whether there is another page, without reading its row.
      const range = { index: INDEX, newestFirst: true, limit: limit + 1, after };
      const { items } = await table.queryPage(isRecent(accountId, sinceMs), range);
      const refs = items.slice(0, limit).map(toRef);
      return { jobs: await readJobs(table, refs), next: items.length > limit ? refs.at(-1) : undefined };
    },
  };
}

const isRecent = (accountId: string, sinceMs: number) =>
  allOf(equals('account', accountId), atLeast('createdAtJobId', new Date(sinceMs).toISOString()));

/**
 * Returns the jobs in the order of the index. The index may be late: it skips a row that is deleted, and one whose id a
 * later job has taken over.
 */
async function readJobs(table: DynamoTable, refs: readonly JobRef[]): Promise<readonly Job[]> {
  const jobIds = [...new Set(refs.map(({ jobId }) => jobId))];
  const rows = await table.getMany(jobIds.map(ITEM_KEYS.job), { consistent: true });
  const jobs = new Map(rows.map((row) => [jobIdOf(row['pk']), fromJobRow(row)]));
  return refs.flatMap(({ jobId, createdAt }) => {
    const job = jobs.get(jobId);
    return job?.createdAt === createdAt ? [job] : [];
  });
}

function toIndexKey(account: string, { jobId, createdAt }: JobRef): Item {
  return { ...ITEM_KEYS.job(jobId), account, createdAtJobId: `${new Date(createdAt).toISOString()}#${jobId}` };
}

function toRef({ createdAtJobId }: Item): JobRef {
  const [createdAt = '', jobId = ''] = String(createdAtJobId).split('#');
  return { jobId, createdAt: Date.parse(createdAt) };
}
