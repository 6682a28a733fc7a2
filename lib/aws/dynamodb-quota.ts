// Quota windows: one conditional update takes units only while they are left.
import type { QuotaLedger } from '../relay/ports.ts';
import { absent, allOf, anyOf, atLeast, atMost } from './condition.ts';
import type { DynamoTable } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

/** A window is kept for two months after it began, so that it can still be read when it has closed. */
const KEPT_MS = 62 * 24 * 3600 * 1000;

export function createQuotaLedger(table: DynamoTable): QuotaLedger {
  return {
    async take(accountId, window, units, limit) {
      if (units > limit) return false;
      const expiresAt = expiresAtSeconds(Date.parse(`${window}-01T00:00:00Z`) + KEPT_MS);
      const isLeft = anyOf(absent('used'), atMost('used', limit - units));
      const outcome = await table.update(
        ITEM_KEYS.quota(accountId, window),
        { set: { expiresAt }, add: { used: units } },
        isLeft,
      );
      return outcome.done;
    },
    async giveBack(accountId, window, units) {
      await table.update(ITEM_KEYS.quota(accountId, window), { add: { used: -units } }, allOf(atLeast('used', units)));
    },
  };
}
