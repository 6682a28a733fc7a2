// An account's jobs by time, through the index; the rows themselves are read again, because the index has only keys.
import type { JobHistory } from '../relay/ports.ts';
import { allOf, atLeast, equals } from './condition.ts';
import type { DynamoTable } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';
import { fromJobRow, jobIdOf } from './job-row.ts';

export function createJobHistory(table: DynamoTable): JobHistory {
  return {
    async *listCreatedSince(accountId, sinceMs) {
      const since = new Date(sinceMs).toISOString();
      const isRecent = allOf(equals('account', accountId), atLeast('createdAtJobId', since));
      for await (const { pk } of table.query(isRecent, { index: 'byAccount' })) {
        const row = await table.get(ITEM_KEYS.job(jobIdOf(pk)), { consistent: true });
        if (row) yield fromJobRow(row);
      }
    },
  };
}
