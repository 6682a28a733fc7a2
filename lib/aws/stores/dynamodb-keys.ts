// Partners' keys: created when the id is free, changed when they are as they were read, and marked when they are used.

import type { KeyUses } from '../../relay/model/ports.ts';
import type { KeyRecord, PartnerKey } from '../../relay/model/records.ts';
import type { KeyRegister } from '../../relay/operator/operator-ports.ts';
import { absent, allOf, anyOf, beginsWith, equals, isAsRead, lessThan, present } from '../table/condition.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { fromKeyRow, toAccountKeyRow, toKeyRow, usedAtOf } from '../table/key-row.ts';

const CONSISTENT = { consistent: true };

/** Returns the key register on the table. */
export function createKeyRegister(table: DynamoTable): KeyRegister {
  return {
    async find(keyId) {
      const row = await table.get(ITEM_KEYS.key(keyId), CONSISTENT);
      return row && fromKeyRow<KeyRecord>(row);
    },
    async list(accountId) {
      const { pk, sk } = ITEM_KEYS.keyInAccount(accountId, '');
      const pointers = await Array.fromAsync(table.query(allOf(equals('pk', pk), beginsWith('sk', sk))));
      const rows = await readMany(
        table,
        pointers.map(({ keyId }) => ITEM_KEYS.key(keyId)),
      );
      return rows.map((row) => fromKeyRow<PartnerKey>(row)).filter((key) => key.accountId === accountId);
    },
    async create(key) {
      await table.put(toAccountKeyRow(key));
      return (await table.put(toKeyRow(key), absent('pk'))).done;
    },
    change: (read, changed) => change(table, read, changed),
  };
}

/** Keys in one read. */
const READ_LIMIT = 100;

async function readMany(table: DynamoTable, keys: readonly ItemKey[]): Promise<readonly Item[]> {
  const starts = Array.from({ length: Math.ceil(keys.length / READ_LIMIT) }, (_, index) => index * READ_LIMIT);
  const reads = starts.map((start) => table.getMany(keys.slice(start, start + READ_LIMIT), CONSISTENT));
  return (await Promise.all(reads)).flat();
}

/** What an operator may change of a key. Nothing else is written, so a concurrent mark of its use stays. */
const CHANGEABLE = ['versions', 'revokedAt', 'allowUnboundDelete'] as const;

async function change(table: DynamoTable, read: PartnerKey, changed: PartnerKey): Promise<boolean> {
  const before: Item = { ...read };
  const after: Item = { ...changed };
  const set = Object.fromEntries(CHANGEABLE.map((name) => [name, after[name]]));
  const cleared = CHANGEABLE.filter((name) => after[name] === undefined);
  const remove = [...cleared, ...droppedVersions(read, changed).map(usedAtOf)];
  const isUnchanged = allOf(present('pk'), ...CHANGEABLE.map((name) => isAsRead(name, before[name])));
  return (await table.update(ITEM_KEYS.key(read.keyId), { set, remove }, isUnchanged)).done;
}

function droppedVersions(read: PartnerKey, changed: PartnerKey): readonly number[] {
  const remaining = versionsOf(changed);
  return versionsOf(read).filter((version) => !remaining.includes(version));
}

function versionsOf(key: PartnerKey): readonly number[] {
  return 'versions' in key ? key.versions.map(({ version }) => version) : [];
}

/** Returns the port that records when a key's version was last used. */
export function createKeyUses(table: DynamoTable): KeyUses {
  return {
    async record({ keyId, version, nowMs }, before) {
      const name = usedAtOf(version);
      const isDue = allOf(present('pk'), anyOf(absent(name), lessThan(name, before)));
      await table.update(ITEM_KEYS.key(keyId), { set: { [name]: nowMs } }, isDue);
    },
  };
}
