// A month's quota row that has its warning: what is written with it, and the warning back from it.
import type { QuotaWarning } from '../../relay/model/records.ts';
import type { Item } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';

/** The string attribute by which the stream's filter knows quota rows. It comes with the warning: nothing else is told. */
export const QUOTA_KIND = 'quota';

export function toWarningFields({ used, limit, warnedAt }: Omit<QuotaWarning, 'accountId' | 'month'>): Item {
  return { kind: QUOTA_KIND, warnedAt, warnedUsed: used, warnedLimit: limit };
}

/** Undefined while the month has none. */
export function fromWarnedRow(row: Item): QuotaWarning | undefined {
  const { pk, sk, warnedAt, warnedUsed: used, warnedLimit: limit } = row;
  if (warnedAt === undefined) return undefined;
  return { accountId: pk.slice(BEFORE_ACCOUNT.length), month: sk.slice(BEFORE_MONTH.length), used, limit, warnedAt };
}

const { pk: BEFORE_ACCOUNT, sk: BEFORE_MONTH } = ITEM_KEYS.quota('', '');
