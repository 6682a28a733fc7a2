// A key as it lies in the table: the record, with the last use of each version as an attribute of its own.
import type { KeyRecord, PartnerKey } from '../../relay/model/records.ts';
import type { Item, ItemKey } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';

/** An attribute each, not a place in the list of versions: a rotation at the same moment would move the places. */
const USED_AT = 'usedAt_';

/** Where it is noted when the version was last used. */
export function usedAtOf(version: number): string {
  return USED_AT + version;
}

export function toKeyRow(key: KeyRecord): ItemKey & Item {
  const { lastUsedAt, ...record }: KeyRecord & Pick<PartnerKey, 'lastUsedAt'> = key;
  const uses = Object.entries(lastUsedAt ?? {}).map(([version, usedAt]) => [usedAtOf(Number(version)), usedAt]);
  return { ...ITEM_KEYS.key(key.keyId), ...record, ...Object.fromEntries(uses) };
}

export function fromKeyRow<K extends KeyRecord>({ pk, sk, ...row }: Item): K {
  const entries = Object.entries(row);
  const record = Object.fromEntries(entries.filter(([name]) => !name.startsWith(USED_AT)));
  const uses = entries.filter(([name]) => name.startsWith(USED_AT));
  const lastUsedAt = Object.fromEntries(uses.map(([name, usedAt]) => [name.slice(USED_AT.length), usedAt]));
  return { ...record, ...(uses.length > 0 && { lastUsedAt }) } as K;
}

/** What finds an account's keys. It is written before the key: one to a key that was never made is passed over. */
export function pointTo({ accountId, keyId }: PartnerKey): ItemKey & Item {
  return { ...ITEM_KEYS.keyInAccount(accountId, keyId), keyId };
}
