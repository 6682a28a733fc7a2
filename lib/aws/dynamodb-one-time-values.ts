// One-time values: a conditional put that only the first claim wins. An expired row counts as absent.
import type { OneTimeValues } from '../relay/ports.ts';
import { absent, anyOf, lessThan } from './condition.ts';
import type { DynamoTable } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

export function createOneTimeValues(table: DynamoTable): OneTimeValues {
  return {
    async claim({ keyId, value, expiresAtMs }, nowMs) {
      const item = { ...ITEM_KEYS.oneTimeValue(keyId, value), expiresAt: expiresAtSeconds(expiresAtMs) };
      const isNew = anyOf(absent('pk'), lessThan('expiresAt', Math.floor(nowMs / 1000)));
      return (await table.put(item, isNew)).done;
    },
  };
}
