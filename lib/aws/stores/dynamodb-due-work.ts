// What must happen later: all shards of the sparse index at once, oldest first.

import type { DueItem, DueWork } from '../../relay/model/ports.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { allOf, atMost, equals } from '../table/condition.ts';
import type { DynamoTable, Item } from '../table/dynamodb-table.ts';
import { jobIdOf } from '../table/job-row.ts';

/** In one page of one shard: a run looks at no more than it can handle. */
const PAGE_ITEMS = 100;

export function createDueWork(table: DynamoTable): DueWork {
  return {
    async *findDue(untilMs) {
      const shards = Array.from({ length: TUNING.dueShards }, (_, shard) => {
        const isDue = allOf(equals('dueShard', shard), atMost('dueAt', untilMs));
        return table.query(isDue, { index: 'byDue', limit: PAGE_ITEMS })[Symbol.asyncIterator]();
      });
      for await (const item of mergeOldestFirst(shards)) yield* toDueItem(item);
    },
  };
}

/** Each shard is in order; so that none waits for another, the oldest of their heads goes next. */
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

/** Nothing for a row of a kind that this version does not know. */
function toDueItem({ pk, sk }: Item): DueItem[] {
  if (sk === 'JOB') return [{ kind: 'job', jobId: jobIdOf(pk) }];
  const [, eventTime = '', eventId = ''] = /^EVENT#([^#]+)#(.+)$/.exec(sk) ?? [];
  if (eventId === '') return [];
  return [{ kind: 'delivery', endpointId: pk.slice('ENDPOINT#'.length), eventAt: Date.parse(eventTime), eventId }];
}
