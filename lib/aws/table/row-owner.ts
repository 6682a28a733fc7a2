// Which account a row of the table belongs to, by the row's own attributes.
import type { Item } from './dynamodb-table.ts';

/** The attributes that name a row's account. Rows of jobs use the attribute of their index, `account`. */
export const OWNER_ATTRIBUTES = ['pk', 'sk', 'account', 'accountId'] as const;

/**
 * Returns whether the row belongs to the account. The row of a one-time value names only a key, so `ownsKey` decides.
 */
export function belongsToAccount(row: Item, accountId: string, ownsKey: (keyId: string) => boolean): boolean {
  const keyId = keyOfOneTimeValue(row);
  if (keyId !== undefined) return ownsKey(keyId);
  return row['pk'] === `ACCOUNT#${accountId}` || row['account'] === accountId || row['accountId'] === accountId;
}

/** Returns the id of the key that claimed a one-time value, or undefined for rows of other kinds. */
export function keyOfOneTimeValue({ pk }: Item): string | undefined {
  return /^NONCE#([^#]+)#/.exec(String(pk))?.[1];
}
