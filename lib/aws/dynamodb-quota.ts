// Quota windows: one conditional update takes units only while they are left.
import type { QuotaLedger } from '../relay/ports.ts';
import { absent, allOf, anyOf, atLeast, atMost } from './condition.ts';
import type { DynamoTable } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

/** A window is kept for two months after it began, so that it can still be read when it has closed. */
const KEPT_MS = 62 * 24 * 3600 * 1000;

export function createQuotaLedger(table: DynamoTable): QuotaLedger {
  const add = (accountId: string, window: string, units: number, limit: number) => {
    const expiresAt = expiresAtSeconds(Date.parse(`${window}-01T00:00:00Z`) + KEPT_MS);
    const isLeft = anyOf(absent('used'), atMost('used', limit - units));
    return table.update(ITEM_KEYS.quota(accountId, window), { set: { expiresAt }, add: { used: units } }, isLeft);
  };
  return {
    async take(accountId, window, units, limit) {
      return units <= limit && (await add(accountId, window, units, limit)).done;
    },
    async takeUpTo(accountId, window, units, limit) {
      let wanted = Math.min(units, limit);
      while (wanted > 0) {
        const { done, item } = await add(accountId, window, wanted, limit);
        if (done) return wanted;
        // A refusal brings along what is used, which leaves fewer than were asked for: so this ends.
        wanted = limit - Number(item?.['used'] ?? limit);
      }
      return 0;
    },
    async giveBack(accountId, window, units) {
      await table.update(ITEM_KEYS.quota(accountId, window), { add: { used: -units } }, allOf(atLeast('used', units)));
    },
  };
}
