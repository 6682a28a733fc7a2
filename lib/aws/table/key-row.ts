// A key as a row of the table: the record, with the last use of each version as a separate attribute.
import type { KeyRecord, PartnerKey } from '../../relay/model/records.ts';
import type { Item, ItemKey } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';

/**
 * A separate attribute for each version, not a place in the list of versions: a concurrent rotation would move the
 * places.
 */
const USED_AT = 'usedAt_';

/** Returns the name of the attribute that holds when the version was last used. */
export function usedAtOf(version: number): string {
  return USED_AT + version;
}

/** Returns the row of a key. */
export function toKeyRow(key: KeyRecord): ItemKey & Item {
  const { lastUsedAt, ...record }: KeyRecord & Pick<PartnerKey, 'lastUsedAt'> = key;
  const uses = Object.entries(lastUsedAt ?? {}).map(([version, usedAt]) => [usedAtOf(Number(version)), usedAt]);
  return { ...ITEM_KEYS.key(key.keyId), ...record, ...Object.fromEntries(uses) };
}

/** Returns the key of a row, without its table keys. The caller knows its kind `K`. */
export function fromKeyRow<K extends KeyRecord>({ pk, sk, ...row }: Item): K {
  const entries = Object.entries(row);
  const record = Object.fromEntries(entries.filter(([name]) => !name.startsWith(USED_AT)));
  const uses = entries.filter(([name]) => name.startsWith(USED_AT));
  const lastUsedAt = Object.fromEntries(uses.map(([name, usedAt]) => [name.slice(USED_AT.length), usedAt]));
  return { ...record, ...(uses.length > 0 && { lastUsedAt }) } as K;
}

/**
 * Returns the row by which an account's keys are found. It is written before the key, so it may name a key that does
 * not exist; readers skip it.
 */
export function toAccountKeyRow({ accountId, keyId }: PartnerKey): ItemKey & Item {
  return { ...ITEM_KEYS.keyInAccount(accountId, keyId), keyId };
}
