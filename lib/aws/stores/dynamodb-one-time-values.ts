// One-time values: a conditional put that only the first claim wins. An expired row counts as absent.
import type { OneTimeValues, PullClaim } from '../../relay/model/ports.ts';
import { absent, anyOf, lessThan } from '../table/condition.ts';
import type { DynamoTable, Item } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';

/**
 * Returns the store of one-time values on the table. Each claim has an id: when the SDK repeats a put whose answer was
 * lost, the repeat finds its own claim and is not mistaken for a replay.
 */
export function createOneTimeValues(
  table: DynamoTable,
  makeClaimId = () => crypto.randomUUID() as string,
): OneTimeValues {
  return {
    async claim({ keyId, value, expiresAtMs }, nowMs, pull) {
      const claimId = makeClaimId();
      const key = ITEM_KEYS.oneTimeValue(keyId, value);
      const item = { ...key, expiresAt: expiresAtSeconds(expiresAtMs), claimId, ...(pull && toAttributes(pull)) };
      const isNew = anyOf(absent('pk'), lessThan('expiresAt', Math.floor(nowMs / 1000)));
      const { done, item: current } = await table.put(item, isNew);
      return done || current?.['claimId'] === claimId;
    },
    async findPull({ keyId, value }, nowMs) {
      const item = await table.get(ITEM_KEYS.oneTimeValue(keyId, value), { consistent: true });
      return item && item['expiresAt'] >= Math.floor(nowMs / 1000) ? toPullClaim(item) : undefined;
    },
  };
}

/** Writes pairs without names, so that a row with ten jobs stays within 1 KiB, which is one write unit. */
function toAttributes({ leasedAt, refs }: PullClaim): Item {
  return { leasedAt, jobs: refs.map(({ jobId, createdAt }) => [jobId, createdAt]) };
}

function toPullClaim({ leasedAt, jobs }: Item): PullClaim | undefined {
  if (leasedAt === undefined) return undefined;
  return { leasedAt, refs: jobs.map(([jobId, createdAt]: [string, number]) => ({ jobId, createdAt })) };
}
