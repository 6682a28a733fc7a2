// Whose a row of the table is, as the row itself says it.
import type { Item } from './dynamodb-table.ts';

/** What of a row says whose it is. Rows of jobs call the account by the name that their index has. */
export const OWNER_ATTRIBUTES = ['pk', 'sk', 'account', 'accountId'] as const;

/** `ownsKey` answers for the keys that one-time values name: those say nothing of an account. */
export function belongsToAccount(row: Item, accountId: string, ownsKey: (keyId: string) => boolean): boolean {
  const keyId = keyOfOneTimeValue(row);
  if (keyId !== undefined) return ownsKey(keyId);
  return row['pk'] === `ACCOUNT#${accountId}` || row['account'] === accountId || row['accountId'] === accountId;
}

/** The key whose request claimed the value; undefined for rows of other kinds. */
export function keyOfOneTimeValue({ pk }: Item): string | undefined {
  return /^NONCE#([^#]+)#/.exec(String(pk))?.[1];
}
