// The one screen of `signet status`.
import type {
  AccountStatus,
  FailingEndpoint,
  PoolStatus,
  Status,
} from '../../../../lib/relay/operator/deployment/status.ts';
import { wrap } from '../../../../lib/terminal/layout.ts';
import { type Column, showTable } from '../../../../lib/terminal/show-table.ts';
import type { View } from '../view.ts';
import { describeAccount } from './show-account.ts';
import { iso, showAge, showMinute } from './show-time.ts';

/** Returns the view of a deployment. */
export function viewStatus(status: Status): View {
  return { json: describe(status), lines: (width) => showStatus(status, width) };
}

/** Returns the status for programs. Null means unknown. */
function describe({ at, accounts, deliveriesWaiting, deadLetters }: Status): object {
  return {
    at: iso(at),
    accounts: accounts.map(({ account, pools, failingEndpoints, ...counts }) => ({
      ...describeAccount(account),
      ...counts,
      pools: pools.map((pool) => ({ ...pool, waiting: pool.waiting ?? null })),
      failingEndpoints: failingEndpoints.map((one) => ({ ...one, attemptedAt: iso(one.attemptedAt) })),
    })),
    deliveriesWaiting: deliveriesWaiting ?? null,
    deadLetters: { deliveries: deadLetters.deliveries ?? null, events: deadLetters.events ?? null },
  };
}

const ACCOUNTS: readonly Column<AccountStatus>[] = [
  { head: 'account', cell: ({ account }) => account.accountId },
  { head: 'name', cell: ({ account }) => account.name, isFlexible: true },
  { head: 'state', cell: ({ account }) => account.state },
  { head: 'last hour', cell: showTraffic, isNumber: true },
  { head: 'open', cell: ({ lastHour: { jobs } }) => jobs.queued + jobs.leased, isNumber: true },
  { head: 'month', cell: ({ quota: { used, limit } }) => `${used}/${limit}`, isNumber: true },
];

interface OwnedPool extends PoolStatus {
  readonly accountId: string;
}

const POOLS: readonly Column<OwnedPool>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'pool', cell: ({ pool }) => pool },
  { head: 'waiting', cell: ({ waiting }) => waiting?.visible ?? 'no queue', isNumber: true },
  { head: 'in flight', cell: ({ waiting }) => waiting?.inFlight ?? '', isNumber: true },
  { head: 'online', cell: ({ agents }) => `${agents.online}/${agents.total}`, isNumber: true },
  { head: 'paused', cell: ({ agents }) => agents.paused, isNumber: true },
];

interface OwnedEndpoint extends FailingEndpoint {
  readonly accountId: string;
  readonly ago: string | undefined;
}

const ENDPOINTS: readonly Column<OwnedEndpoint>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'endpoint', cell: ({ endpointId }) => endpointId },
  { head: 'last attempt', cell: ({ ago }) => `${ago} ago` },
  { head: 'answer', cell: ({ outcome }) => outcome, isFlexible: true },
];

function showStatus({ at, accounts, deliveriesWaiting, deadLetters }: Status, width: number): string[] {
  if (accounts.length === 0) return ['There is no account yet. Run signet account create to make one.'];
  const pools = accounts.flatMap(({ account, pools }) =>
    pools.map((one) => ({ ...one, accountId: account.accountId })),
  );
  const failing = accounts.flatMap(({ account, failingEndpoints }) =>
    failingEndpoints.map((one) => ({ ...one, accountId: account.accountId, ago: showAge(one.attemptedAt, at) })),
  );
  const missing = pools.some(({ waiting }) => !waiting)
    ? ['A queue is missing. Run signet queues reconcile to create it.']
    : [];
  return [
    `As of ${showMinute(at)}`,
    '',
    ...showTable(accounts, ACCOUNTS, width),
    '',
    ...showTable(pools, POOLS, width),
    ...missing,
    '',
    ...(failing.length === 0
      ? ['No endpoint is failing.']
      : ['Failing endpoints:', ...showTable(failing, ENDPOINTS, width)]),
    '',
    ...wrap(
      `Waiting deliveries: ${count(deliveriesWaiting && deliveriesWaiting.visible + deliveriesWaiting.inFlight)}.`,
      width,
    ),
    ...wrap(showDeadLetters(deadLetters), width),
  ];
}

function showTraffic({ lastHour: { jobs, isComplete } }: AccountStatus): string {
  const total = Object.values(jobs).reduce((sum, one) => sum + one, 0);
  return isComplete ? String(total) : `${total}+`;
}

function showDeadLetters({ deliveries, events }: Status['deadLetters']): string {
  const text = `Dead letters: ${count(deliveries)} deliveries, ${count(events)} events.`;
  return (deliveries ?? 0) + (events ?? 0) > 0
    ? `${text} Read them in SQS. Run signet events rebuild to send lost events again.`
    : text;
}

function count(number: number | undefined): string {
  return number === undefined ? 'unknown' : String(number);
}
