// Finds and removes every row of one account, by one scan of the table.
import type { TenantRows } from '../../relay/operator/operator-ports.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { jobIdOf } from '../table/job-row.ts';
import { belongsToAccount, keyOfOneTimeValue, OWNER_ATTRIBUTES } from '../table/row-owner.ts';

/**
 * Returns the port that removes an account's rows. Keys are removed last: one-time values can be matched to the account
 * only by their key, also in the run after one that was killed.
 */
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
  await owners.load(page.flatMap((row) => keyOfOneTimeValue(row) ?? []));
  const own = page.filter((row) => belongsToAccount(row, accountId, (keyId) => owners.ownerOf(keyId) === accountId));
  return own.map(({ pk, sk }) => ({ pk, sk }));
}

/**
 * Removes rows and returns how many. The evidence of a job names no account, so it is removed before its job, and it is
 * not counted.
 */
async function removeRows(table: DynamoTable, rows: readonly ItemKey[]): Promise<number> {
  await table.deleteMany(rows.filter(({ sk }) => sk === 'JOB').map(({ pk }) => ITEM_KEYS.evidence(jobIdOf(pk))));
  await table.deleteMany(rows);
  return rows.length;
}

const isKey = ({ pk, sk }: ItemKey) => sk === 'KEY' && pk.startsWith('KEY#');

/** Whether the row is the account's own row or its place in the list. */
function isAccount({ pk, sk }: ItemKey, accountId: string): boolean {
  return [ITEM_KEYS.account(accountId), ITEM_KEYS.accountInList(accountId)].some(
    (key) => key.pk === pk && key.sk === sk,
  );
}

/** Owners of keys. Each key is read once, however many one-time values it has. */
class KeyOwners {
  readonly #table: DynamoTable;
  readonly #owners = new Map<string, string | undefined>();

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async load(keyIds: readonly string[]): Promise<void> {
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
