// Accounts as operators see them.

import type { Account } from '../../../../lib/relay/model/records.ts';
import type { AccountView } from '../../../../lib/relay/operator/accounts/accounts.ts';
import { formatDuration } from '../values.ts';
import type { View } from '../view.ts';
import { type Column, showFacts, showTable } from './show-table.ts';
import { iso, showMinute } from './show-time.ts';

const COLUMNS: readonly Column<Account>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'name', cell: ({ name }) => name, isFlexible: true },
  { head: 'state', cell: ({ state }) => state },
  { head: 'jobs/month', cell: ({ jobsPerMonth }) => jobsPerMonth, isNumber: true },
  { head: 'pools', cell: ({ pools }) => pools.join(' '), isFlexible: true },
];

/** For programs. */
export function describeAccount({ accountId, name, state, stateSince, ...others }: Account): object {
  return { accountId, name, state, stateSince: iso(stateSince), ...others };
}

export function viewAccounts(accounts: readonly Account[]): View {
  return {
    json: { accounts: accounts.map(describeAccount) },
    lines: (columns) =>
      accounts.length === 0
        ? ['There is no account yet: signet account create makes one.']
        : showTable(accounts, COLUMNS, columns),
  };
}

/** `remarks` are printable. */
export function viewAccount(account: Account, remarks: readonly string[] = []): View {
  return {
    json: { account: describeAccount(account) },
    lines: (columns) => [...showFacts(factsOf(account), columns), ...(remarks.length > 0 ? ['', ...remarks] : [])],
  };
}

/** With what else there is to know of it. */
export function viewWhole({ account, quota, agents, endpoints }: AccountView): View {
  const facts = [
    ...factsOf(account),
    ['used of the month', `${quota.month.used} of ${quota.month.limit}, anew ${quota.month.resetsAt}`],
    ['agents', `${agents.total}: ${agents.online} online, ${agents.paused} paused`],
    ['endpoints', `${endpoints.total}: ${endpoints.active} active`],
  ] as const;
  return {
    json: { account: describeAccount(account), quota, agents, endpoints },
    lines: (columns) => showFacts(facts, columns),
  };
}

function factsOf(account: Account): (readonly [string, string | number | undefined])[] {
  return [
    ['account', account.accountId],
    ['name', account.name],
    [
      'state',
      account.stateSince === undefined ? account.state : `${account.state} since ${showMinute(account.stateSince)}`,
    ],
    ['pools', account.pools.join(' ')],
    ['jobs a month', account.jobsPerMonth],
    ['jobs a minute', account.jobsPerMinute],
    ['a job’s deadline', formatDuration(account.jobDeadlineSeconds)],
    ['a result is fresh for', formatDuration(account.resultFreshnessSeconds)],
  ];
}
