// Finds and changes the account that an operator names, or refuses.

import type { Account } from '../model/records.ts';
import type { AccountRegister } from './operator-ports.ts';
import { done, type OperatorRefusal, type Outcome, refused } from './outcome.ts';

export interface AccountLookupPorts {
  readonly accounts: AccountRegister;
}

/** Returns the account, or refuses with `account_unknown`. */
export async function findAccount({ accounts }: AccountLookupPorts, accountId: string): Promise<Outcome<Account>> {
  const account = await accounts.find(accountId);
  return account ? done(account) : refuseUnknownAccount(accountId);
}

/** The refusal for an account id that no account has. */
export function refuseUnknownAccount(accountId: string): OperatorRefusal {
  return refused('account_unknown', `No account has the id ${accountId}. Look up the id in the list of accounts.`);
}

/** Returns the account, or refuses if it does not exist or is being deleted. A deletion that has begun must be finished. */
export async function findChangeableAccount(ports: AccountLookupPorts, accountId: string): Promise<Outcome<Account>> {
  const found = await findAccount(ports, accountId);
  return found.ok && found.value.state === 'deleting' ? refuseDeleting(accountId) : found;
}

/** The refusal for an account whose deletion has begun. */
export function refuseDeleting(accountId: string): OperatorRefusal {
  return refused(
    'account_deleting',
    `The account ${accountId} is being deleted. Delete it again to finish the deletion.`,
  );
}

/** Applies the change and returns the new account. Refuses if the account has changed since it was read. */
export async function changeAccount(
  { accounts }: AccountLookupPorts,
  before: Account,
  change: Partial<Account>,
): Promise<Outcome<Account>> {
  const after = { ...before, ...change };
  if (await accounts.change(before, after)) return done(after);
  const message = `The account ${before.accountId} was changed by another command. Look at it and try again.`;
  return refused('changed_meanwhile', message);
}
