// Accounts as the operator's tools change them: conditional writes, and reads that are never late.

import type { Account } from '../../relay/model/records.ts';
import type { AccountRegister } from '../../relay/operator/operator-ports.ts';
import { absent, isRowAsRead, type OptionalNames } from '../table/condition.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { withoutKeys } from './dynamodb-directory.ts';

const OPTIONAL: OptionalNames<Account> = { stateSince: true, jobsPerMinute: true };

export function createAccountRegister(table: DynamoTable): AccountRegister {
  return {
    async find(accountId) {
      return withoutKeys<Account>(await table.get(ITEM_KEYS.account(accountId), { consistent: true }));
    },
    async create(account) {
      const { accountId, name } = account;
      // A name on the list without an account is passed over; an account that is not on it would be forgotten.
      await table.put({ ...ITEM_KEYS.accountInList(accountId), accountId, name });
      return (await table.put({ ...ITEM_KEYS.account(accountId), ...account }, absent('pk'))).done;
    },
    async change(asRead, account) {
      const row = { ...ITEM_KEYS.account(account.accountId), ...account };
      return (await table.put(row, isRowAsRead(asRead, OPTIONAL))).done;
    },
  };
}
