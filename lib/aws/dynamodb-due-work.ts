// What must happen later: every shard of the sparse index, oldest first.
import { LIMITS } from '../relay/limits.ts';
import type { DueItem, DueWork } from '../relay/ports.ts';
import { allOf, atMost, equals } from './condition.ts';
import type { DynamoTable, Item } from './dynamodb-table.ts';
import { jobIdOf } from './job-row.ts';

export function createDueWork(table: DynamoTable): DueWork {
  return {
    async *findDue(untilMs) {
      for (let shard = 0; shard < LIMITS.dueShards; shard += 1) {
        const isDue = allOf(equals('dueShard', shard), atMost('dueAt', untilMs));
        for await (const item of table.query(isDue, { index: 'byDue' })) yield* toDueItem(item);
      }
    },
  };
}

/** Nothing for a row of a kind that this version does not know. */
function toDueItem({ pk, sk }: Item): DueItem[] {
  if (sk === 'JOB') return [{ kind: 'job', jobId: jobIdOf(pk) }];
  const [, eventTime = '', eventId = ''] = /^EVENT#([^#]+)#(.+)$/.exec(sk) ?? [];
  if (eventId === '') return [];
  return [{ kind: 'delivery', endpointId: pk.slice('ENDPOINT#'.length), eventAt: Date.parse(eventTime), eventId }];
}
