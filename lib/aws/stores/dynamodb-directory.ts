// Accounts, keys and endpoints: the operator's tools write them, and every request reads them.

import type { Clock, Directory } from '../../relay/model/ports.ts';
import type { Account, Endpoint, KeyRecord } from '../../relay/model/records.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { allOf, beginsWith, equals } from '../table/condition.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { fromKeyRow } from '../table/key-row.ts';
import { cacheRows } from '../table/row-cache.ts';

/** A delivery to an unknown endpoint is dropped, so a new endpoint must be found at once. */
const ENDPOINTS_CONSISTENTLY = true;

/** A stale row would be cached for another minute. Account deletion relies on the cache ending after one minute. */
const ACCOUNTS_CONSISTENTLY = true;

/** A stale row would be cached for another minute, and a revoked secret would stay valid for longer than promised. */
const KEYS_CONSISTENTLY = { consistent: true };

/**
 * Returns the directory on the table. It caches keys, accounts and single endpoints for `keepSeconds`, and reads lists
 * each time. Code that changes rows passes 0, so that it acts on fresh rows.
 * @param keepSeconds by default one minute
 */
export function createDirectory(
  table: DynamoTable,
  clock: Clock,
  keepSeconds: number = TUNING.rowCacheSeconds,
): Directory {
  const options = { seconds: keepSeconds, clock };
  const load = async <T>(key: ItemKey, consistent = false) => withoutKeys<T>(await table.get(key, { consistent }));
  const findKey = cacheRows(async (keyId) => {
    const item = await table.get(ITEM_KEYS.key(keyId), KEYS_CONSISTENTLY);
    return item && fromKeyRow<KeyRecord>(item);
  }, options);
  const findAccount = cacheRows(
    (accountId) => load<Account>(ITEM_KEYS.account(accountId), ACCOUNTS_CONSISTENTLY),
    options,
  );
  const findEndpoint = cacheRows((id) => {
    const [accountId = '', endpointId = ''] = id.split('#');
    return load<Endpoint>(ITEM_KEYS.endpoint(accountId, endpointId), ENDPOINTS_CONSISTENTLY);
  }, options);
  return {
    findKey,
    findAccount: (accountId) => findAccount(accountId),
    findEndpoint: (accountId, endpointId) => findEndpoint(`${accountId}#${endpointId}`),
    async listEndpoints(accountId) {
      const { pk, sk } = ITEM_KEYS.endpoint(accountId, '');
      const items = await Array.fromAsync(table.query(allOf(equals('pk', pk), beginsWith('sk', sk))));
      return items.map((item) => withoutKeys<Endpoint>(item)).filter((endpoint) => endpoint !== undefined);
    },
    async listAccounts() {
      const items = await Array.fromAsync(table.query(equals('pk', ITEM_KEYS.accountInList('').pk)));
      const accounts = await Promise.all(items.map(({ sk }) => load<Account>(ITEM_KEYS.account(sk))));
      return accounts.filter((account) => account !== undefined);
    },
  };
}

/** Returns a row without its table keys, or undefined for no row. */
export function withoutKeys<T>(item: Item | undefined): T | undefined {
  if (!item) return undefined;
  const { pk, sk, ...row } = item;
  return row as T;
}
