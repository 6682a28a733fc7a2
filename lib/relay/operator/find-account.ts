// The account that an operator names, or why nothing can be done with it.

import type { Account } from '../model/records.ts';
import type { AccountRegister } from './operator-ports.ts';
import { done, type Outcome, refused } from './outcome.ts';

export interface AccountFinding {
  readonly accounts: AccountRegister;
}

export async function findAccount({ accounts }: AccountFinding, accountId: string): Promise<Outcome<Account>> {
  const account = await accounts.find(accountId);
  return account ? done(account) : refused('account_unknown', `No account has the id ${accountId}.`);
}

/** One that is not being deleted: of such only the deletion goes on. */
export async function findLasting(ports: AccountFinding, accountId: string): Promise<Outcome<Account>> {
  const found = await findAccount(ports, accountId);
  if (!found.ok || found.value.state !== 'deleting') return found;
  return refused('account_deleting', `The account ${accountId} is being deleted: finish that first.`);
}

export async function changeAccount(
  { accounts }: AccountFinding,
  asRead: Account,
  change: Partial<Account>,
): Promise<Outcome<Account>> {
  const account = { ...asRead, ...change };
  if (await accounts.change(asRead, account)) return done(account);
  return refused('changed_meanwhile', `The account ${asRead.accountId} was changed at the same moment. Try again.`);
}
