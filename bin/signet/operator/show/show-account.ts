// Accounts as operators see them.

import type { Account } from '../../../../lib/relay/model/records.ts';
import type { AccountView } from '../../../../lib/relay/operator/accounts/accounts.ts';
import { type Column, type Fact, showFacts, showTable } from '../../../../lib/terminal/show-table.ts';
import { formatDuration } from '../../../../lib/terminal/values.ts';
import type { View } from '../view.ts';
import { iso, showMinute } from './show-time.ts';

const COLUMNS: readonly Column<Account>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'name', cell: ({ name }) => name, isFlexible: true },
  { head: 'state', cell: ({ state }) => state },
  { head: 'jobs/month', cell: ({ jobsPerMonth }) => jobsPerMonth, isNumber: true },
  { head: 'pools', cell: ({ pools }) => pools.join(' '), isFlexible: true },
];

/** Returns the account for programs. */
export function describeAccount({ accountId, name, state, stateSince, ...others }: Account): object {
  return { accountId, name, state, stateSince: iso(stateSince), ...others };
}

/** Returns the view of all accounts. */
export function viewAccounts(accounts: readonly Account[]): View {
  return {
    json: { accounts: accounts.map(describeAccount) },
    lines: (columns) =>
      accounts.length === 0
        ? ['There is no account yet. Run signet account create to make one.']
        : showTable(accounts, COLUMNS, columns),
  };
}

/** Returns the view of one account. The remarks are printed as they are. */
export function viewAccount(account: Account, remarks: readonly string[] = []): View {
  return {
    json: { account: describeAccount(account) },
    lines: (columns) => [...showFacts(factsOf(account), columns), ...(remarks.length > 0 ? ['', ...remarks] : [])],
  };
}

/** Returns the view of one account with its quota, its agents and its endpoints. */
export function viewWhole({ account, quota, agents, endpoints }: AccountView): View {
  const facts = [
    ...factsOf(account),
    ['used this month', `${quota.month.used} of ${quota.month.limit}, resets ${quota.month.resetsAt}`],
    ['agents', `${agents.total}: ${agents.online} online, ${agents.paused} paused`],
    ['endpoints', `${endpoints.total}: ${endpoints.active} active`],
  ] as const;
  return {
    json: { account: describeAccount(account), quota, agents, endpoints },
    lines: (columns) => showFacts(facts, columns),
  };
}

function factsOf(account: Account): Fact[] {
  return [
    ['account', account.accountId],
    ['name', account.name],
    [
      'state',
      account.stateSince === undefined ? account.state : `${account.state} since ${showMinute(account.stateSince)}`,
    ],
    ['pools', account.pools.join(' ')],
    ['jobs per month', account.jobsPerMonth],
    ['jobs per minute', account.jobsPerMinute],
    ['job deadline', formatDuration(account.jobDeadlineSeconds)],
    ['result freshness', formatDuration(account.resultFreshnessSeconds)],
  ];
}
