// An account's jobs by time, through the index; the rows themselves are read again, because the index has only keys.
import type { JobHistory, JobRef } from '../../relay/model/ports.ts';
import type { Job } from '../../relay/model/records.ts';
import { allOf, atLeast, equals } from '../table/condition.ts';
import type { DynamoTable, Item } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { fromJobRow, jobIdOf } from '../table/job-row.ts';

const INDEX = 'byAccount';

export function createJobHistory(table: DynamoTable): JobHistory {
  return {
    async *listCreatedSince(accountId, sinceMs) {
      for await (const { pk } of table.query(isRecent(accountId, sinceMs), { index: INDEX })) {
        const row = await table.get(ITEM_KEYS.job(jobIdOf(pk)), { consistent: true });
        if (row) yield fromJobRow(row);
      }
    },
    async readPage(accountId, { sinceMs, before, limit }) {
      // The service refuses a start outside of what is asked for.
      if (before && before.createdAt < sinceMs) return { jobs: [], next: undefined };
      const after = before && toIndexKey(accountId, before);
      // One key more than wanted tells whether there is more, at no row's price.
      const range = { index: INDEX, newestFirst: true, limit: limit + 1, after };
      const { items } = await table.queryPage(isRecent(accountId, sinceMs), range);
      const refs = items.slice(0, limit).map(toRef);
      return { jobs: await readJobs(table, refs), next: items.length > limit ? refs.at(-1) : undefined };
    },
  };
}

const isRecent = (accountId: string, sinceMs: number) =>
  allOf(equals('account', accountId), atLeast('createdAtJobId', new Date(sinceMs).toISOString()));

/** In the order of the index. Where that is behind, a row is gone already, or is of a later job that took over its id. */
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
