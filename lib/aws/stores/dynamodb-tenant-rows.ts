// Everything of one account, found by looking at every row of the table once, and removed.
import type { TenantRows } from '../../relay/operator/operator-ports.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { jobIdOf } from '../table/job-row.ts';
import { belongsToAccount, keyOfOneTimeValue, OWNER_ATTRIBUTES } from '../table/row-owner.ts';

/** Keys go last: one-time values are known by them, also to the run after one that was killed. */
export function createTenantRows(table: DynamoTable): TenantRows {
  return {
    async *removeAll(accountId) {
      const owners = new KeyOwners(table);
      const keys: ItemKey[] = [];
      let removed = 0;
      for await (const page of table.scan(OWNER_ATTRIBUTES)) {
        const own = await findOwn(page, accountId, owners);
        keys.push(...own.filter(isKey));
        removed += await removeRows(
          table,
          own.filter((row) => !isKey(row) && !isAccount(row, accountId)),
        );
        yield removed;
      }
      await table.deleteMany(keys);
      yield removed + keys.length;
    },
    async removeAccount(accountId) {
      await table.delete(ITEM_KEYS.accountInList(accountId));
      await table.delete(ITEM_KEYS.account(accountId));
    },
  };
}

async function findOwn(page: readonly Item[], accountId: string, owners: KeyOwners): Promise<readonly ItemKey[]> {
  await owners.learn(page.flatMap((row) => keyOfOneTimeValue(row) ?? []));
  const own = page.filter((row) => belongsToAccount(row, accountId, (keyId) => owners.ownerOf(keyId) === accountId));
  return own.map(({ pk, sk }) => ({ pk, sk }));
}

/** Evidence names no account, so it goes with its job, and before it. Gives the count, which evidence is not in. */
async function removeRows(table: DynamoTable, rows: readonly ItemKey[]): Promise<number> {
  await table.deleteMany(rows.filter(({ sk }) => sk === 'JOB').map(({ pk }) => ITEM_KEYS.evidence(jobIdOf(pk))));
  await table.deleteMany(rows);
  return rows.length;
}

const isKey = ({ pk, sk }: ItemKey) => sk === 'KEY' && pk.startsWith('KEY#');

/** The account's own row and its place in the list. */
function isAccount({ pk, sk }: ItemKey, accountId: string): boolean {
  return [ITEM_KEYS.account(accountId), ITEM_KEYS.accountInList(accountId)].some(
    (key) => key.pk === pk && key.sk === sk,
  );
}

/** Each key is asked for once, however many of its values there are. */
class KeyOwners {
  readonly #table: DynamoTable;
  readonly #owners = new Map<string, string | undefined>();

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async learn(keyIds: readonly string[]): Promise<void> {
    for (const keyId of new Set(keyIds)) {
      if (this.#owners.has(keyId)) continue;
      const row = await this.#table.get(ITEM_KEYS.key(keyId), { consistent: true });
      this.#owners.set(keyId, row?.['accountId']);
    }
  }

  ownerOf(keyId: string): string | undefined {
    return this.#owners.get(keyId);
  }
}
