// One-time values: a conditional put that only the first claim wins. An expired row counts as absent.
import type { OneTimeValues } from '../relay/ports.ts';
import { absent, anyOf, lessThan } from './condition.ts';
import type { DynamoTable } from './dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from './item-keys.ts';

/** Each claim has an id: the SDK repeats a write whose answer was lost, which then finds itself and no replay. */
export function createOneTimeValues(
  table: DynamoTable,
  makeClaimId = () => crypto.randomUUID() as string,
): OneTimeValues {
  return {
    async claim({ keyId, value, expiresAtMs }, nowMs) {
      const claimId = makeClaimId();
      const item = { ...ITEM_KEYS.oneTimeValue(keyId, value), expiresAt: expiresAtSeconds(expiresAtMs), claimId };
      const isNew = anyOf(absent('pk'), lessThan('expiresAt', Math.floor(nowMs / 1000)));
      const { done, item: standing } = await table.put(item, isNew);
      return done || standing?.['claimId'] === claimId;
    },
  };
}
