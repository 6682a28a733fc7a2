// Which owner has a secret, by a keyed digest of it. Two owners never share a secret.
import type { SecretName } from '../../relay/model/key-ring.ts';
import type { SecretClaims } from '../../relay/operator/operator-ports.ts';
import { absent, allOf, anyOf, equals } from '../table/condition.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';

/** Returns the register of secret claims on the table. */
export function createSecretClaims(table: DynamoTable): SecretClaims {
  return {
    async claim(digest, owner) {
      // This row comes first: after a crash between the two writes the claim can still be found by its account.
      await table.put({ ...ITEM_KEYS.secretInAccount(owner.accountId, digest), digest });
      const claim = { ...ITEM_KEYS.secret(digest), ...owner };
      return (await table.put(claim, anyOf(absent('pk'), isOwnedBy(owner)))).done;
    },
    async release(digest, owner) {
      const { done, item } = await table.delete(ITEM_KEYS.secret(digest), anyOf(absent('pk'), isOwnedBy(owner)));
      const hasAnotherOwnerHere = !done && item?.['accountId'] === owner.accountId;
      if (!hasAnotherOwnerHere) await table.delete(ITEM_KEYS.secretInAccount(owner.accountId, digest));
    },
  };
}

function isOwnedBy({ direction, accountId, id, version }: SecretName) {
  const facts = { direction, accountId, id, version };
  return allOf(...Object.entries(facts).map(([name, value]) => equals(name, value)));
}
