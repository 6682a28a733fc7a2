// The delivery log: one row for each event at each endpoint, with its newest attempt and the deflated body.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LIMITS } from '../../api/limits.ts';
import { dueShardOf } from '../../relay/model/job-identity.ts';
import type { DeliveryLog } from '../../relay/model/ports.ts';
import type { DeliveryRecord } from '../../relay/model/records.ts';
import { absent, allOf, anyOf, atMost, equals } from '../table/condition.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';

/** A repeated message must not undo what is recorded: a terminal state stays, and so does a later attempt. */
const isNewer = ({ attempt }: DeliveryRecord) =>
  anyOf(absent('pk'), allOf(equals('state', 'retrying'), atMost('attempt', attempt)));

/** Returns the delivery log on the table. */
export function createDeliveryLog(table: DynamoTable): DeliveryLog {
  return {
    async record(record) {
      await table.put(toRow(record), isNewer(record));
    },
    async find({ endpointId, eventAt, eventId }) {
      const row = await table.get(ITEM_KEYS.delivery(endpointId, eventAt, eventId), { consistent: true });
      return row && fromRow(row);
    },
    async findMany(keys) {
      const rowKeys = keys.map(({ endpointId, eventAt, eventId }) => ITEM_KEYS.delivery(endpointId, eventAt, eventId));
      return (await table.getMany(rowKeys, { consistent: true })).map(fromRow);
    },
    async listNewest({ accountId, endpointId }, limit) {
      const { pk } = ITEM_KEYS.delivery(endpointId, 0, '');
      const { items } = await table.queryPage(equals('pk', pk), { newestFirst: true, limit });
      // Another account may have an endpoint with the same id.
      return items.map(fromRow).filter((record) => record.accountId === accountId);
    },
    async clearDue({ endpointId, eventAt, eventId, dueAt }) {
      const key = ITEM_KEYS.delivery(endpointId, eventAt, eventId);
      await table.update(key, { remove: ['dueAt', 'dueShard'] }, equals('dueAt', dueAt));
    },
  };
}

function toRow(record: DeliveryRecord): ItemKey & Item {
  const { endpointId, eventAt, eventId } = record;
  return {
    ...ITEM_KEYS.delivery(endpointId, eventAt, eventId),
    ...record,
    body: deflateRawSync(Buffer.from(record.body, 'utf8')),
    dueShard: record.dueAt === undefined ? undefined : dueShardOf(eventId),
    expiresAt: expiresAtSeconds(eventAt + LIMITS.retentionSeconds * 1000),
  };
}

function fromRow(row: Item): DeliveryRecord {
  const { pk, sk, dueShard, expiresAt, ...record } = row;
  return { ...record, body: inflateRawSync(record['body']).toString('utf8') } as unknown as DeliveryRecord;
}
