// Accounts for the operator's tools: conditional writes and consistent reads.

import type { Account } from '../../relay/model/records.ts';
import type { AccountRegister } from '../../relay/operator/operator-ports.ts';
import { absent, isRowAsRead, type OptionalNames } from '../table/condition.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { withoutKeys } from './dynamodb-directory.ts';

const OPTIONAL: OptionalNames<Account> = { stateSince: true, jobsPerMinute: true, requestsPerMinute: true };

/** Returns the account register on the table. */
export function createAccountRegister(table: DynamoTable): AccountRegister {
  return {
    async find(accountId) {
      return withoutKeys<Account>(await table.get(ITEM_KEYS.account(accountId), { consistent: true }));
    },
    async create(account) {
      const { accountId, name } = account;
      // Readers skip a listed name without an account. An account that is not in the list would never be found again.
      await table.put({ ...ITEM_KEYS.accountInList(accountId), accountId, name });
      return (await table.put({ ...ITEM_KEYS.account(accountId), ...account }, absent('pk'))).done;
    },
    async change(asRead, account) {
      const row = { ...ITEM_KEYS.account(account.accountId), ...account };
      return (await table.put(row, isRowAsRead(asRead, OPTIONAL))).done;
    },
  };
}
