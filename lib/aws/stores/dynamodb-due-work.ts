// The rows that are due, merged from all shards of the sparse index, oldest first.

import type { DueItem, DueWork } from '../../relay/model/ports.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { allOf, atMost, type Condition, equals } from '../table/condition.ts';
import type { DynamoTable, Item, QueryPage } from '../table/dynamodb-table.ts';
import { jobIdOf } from '../table/job-row.ts';

/** Items in one page of one shard. */
const PAGE_ITEMS = 1_000;

/** Returns the port that finds due work in the table. */
export function createDueWork(table: DynamoTable): DueWork {
  return {
    async *findDue(untilMs) {
      const shards = Array.from({ length: TUNING.dueShards }, (_, shard) => {
        const isDue = allOf(equals('dueShard', shard), atMost('dueAt', untilMs));
        return queryAhead(table, isDue);
      });
      for await (const item of mergeOldestFirst(shards)) yield* toDueItem(item);
    },
  };
}

/** Yields the items of a shard, oldest first. The next page is read while the items of one are used. */
async function* queryAhead(table: DynamoTable, condition: Condition): AsyncGenerator<Item> {
  const read = (after?: Item) => table.queryPage(condition, { index: 'byDue', limit: PAGE_ITEMS, after });
  let next: Promise<QueryPage> | undefined = read();
  while (next) {
    const page: QueryPage = await next;
    next = page.last && read(page.last);
    // A failure is thrown where the page is used. The shard may not be read that far.
    next?.catch(() => undefined);
    yield* page.items;
  }
}

/** Merges shards that are each in order. The oldest head goes next, so no shard delays another. */
async function* mergeOldestFirst(shards: readonly AsyncIterator<Item>[]): AsyncIterable<Item> {
  const take = async (shard: AsyncIterator<Item>) => ({ shard, head: await shard.next() });
  const heads = await Promise.all(shards.map(take));
  for (let oldest = oldestOf(heads); oldest; oldest = oldestOf(heads)) {
    yield oldest.item;
    heads[oldest.index] = await take(oldest.shard);
  }
}

interface Head {
  readonly shard: AsyncIterator<Item>;
  readonly head: IteratorResult<Item>;
}

function oldestOf(heads: readonly Head[]) {
  let oldest: { index: number; item: Item; shard: AsyncIterator<Item> } | undefined;
  for (const [index, { shard, head }] of heads.entries())
    if (!head.done && (!oldest || head.value['dueAt'] < oldest.item['dueAt']))
      oldest = { index, item: head.value, shard };
  return oldest;
}

/** Returns an empty list for a row of a kind that this version does not know. */
function toDueItem({ pk, sk, dueAt }: Item): DueItem[] {
  if (sk === 'JOB') return [{ kind: 'job', jobId: jobIdOf(pk), dueAt }];
  const [, eventTime = '', eventId = ''] = /^EVENT#([^#]+)#(.+)$/.exec(sk) ?? [];
  if (eventId === '') return [];
  const endpointId = pk.slice('ENDPOINT#'.length);
  return [{ kind: 'delivery', endpointId, eventAt: Date.parse(eventTime), eventId, dueAt }];
}
