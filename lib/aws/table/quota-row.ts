// The warning in a month's quota row: the attributes to write, and how to read them.
import type { QuotaWarning } from '../../relay/model/records.ts';
import type { Item } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';

/** The string attribute by which the stream's filter recognizes quota rows. Only a row with a warning has it. */
export const QUOTA_KIND = 'quota';

/** Returns the attributes that record the month's warning. */
export function toWarningFields({ used, limit, warnedAt }: Omit<QuotaWarning, 'accountId' | 'month'>): Item {
  return { kind: QUOTA_KIND, warnedAt, warnedUsed: used, warnedLimit: limit };
}

/** Returns the month's warning, or undefined when the row has none. */
export function fromWarnedRow(row: Item): QuotaWarning | undefined {
  const { pk, sk, warnedAt, warnedUsed: used, warnedLimit: limit } = row;
  if (warnedAt === undefined) return undefined;
  return { accountId: pk.slice(BEFORE_ACCOUNT.length), month: sk.slice(BEFORE_MONTH.length), used, limit, warnedAt };
}

const { pk: BEFORE_ACCOUNT, sk: BEFORE_MONTH } = ITEM_KEYS.quota('', '');
