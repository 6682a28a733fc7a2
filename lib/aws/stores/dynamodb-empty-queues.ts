// When the sweep last found each job queue empty: one row for a pool that had jobs without a pointer.
import type { EmptyQueues } from '../../relay/model/ports.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';

/** How long a row is kept after its time. The sweep looks at an open job at least once an hour. */
const KEPT_MS = 24 * 3600 * 1000;

/** Returns the port that remembers empty queues in the table. */
export function createEmptyQueues(table: DynamoTable): EmptyQueues {
  return {
    async findEmptyAt({ accountId, pool }) {
      const row = await table.get(ITEM_KEYS.emptyQueue(accountId, pool), { consistent: true });
      return row?.['emptyAt'];
    },
    async recordEmptyAt({ accountId, pool }, emptyAt) {
      const key = ITEM_KEYS.emptyQueue(accountId, pool);
      if (emptyAt === undefined) await table.update(key, { remove: ['emptyAt'] });
      else await table.put({ ...key, emptyAt, expiresAt: expiresAtSeconds(emptyAt + KEPT_MS) });
    },
  };
}
