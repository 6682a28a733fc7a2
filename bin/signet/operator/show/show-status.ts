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
function describe({ at, accounts, isComplete, deliveriesWaiting: { queue, table }, deadLetters }: Status): object {
  return {
    at: iso(at),
    accounts: accounts.map(({ account, pools, failingEndpoints, ...counts }) => ({
      ...describeAccount(account),
      ...counts,
      pools: pools.map((pool) => ({ ...pool, waiting: pool.waiting ?? null })),
      failingEndpoints: failingEndpoints.map((one) => ({ ...one, attemptedAt: iso(one.attemptedAt) })),
    })),
    isComplete,
    deliveriesWaiting: { queue: queue ?? null, table },
    deadLetters: { deliveries: deadLetters.deliveries ?? null, events: deadLetters.events ?? null },
  };
}

/** `more` is a plus sign if not everything was counted, else empty. */
interface Counted {
  readonly more: string;
}

const ACCOUNTS: readonly Column<AccountStatus & Counted>[] = [
  { head: 'account', cell: ({ account }) => account.accountId },
  { head: 'name', cell: ({ account }) => account.name, isFlexible: true },
  { head: 'state', cell: ({ account }) => account.state },
  { head: 'last hour', cell: showTraffic, isNumber: true },
  { head: 'open', cell: ({ pools, more }) => `${countOpen(pools)}${more}`, isNumber: true },
  { head: 'month', cell: ({ quota: { used, limit } }) => `${used}/${limit}`, isNumber: true },
];

interface OwnedPool extends PoolStatus, Counted {
  readonly accountId: string;
}

const POOLS: readonly Column<OwnedPool>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'pool', cell: ({ pool }) => pool },
  { head: 'queue', cell: ({ waiting }) => (waiting ? 'exists' : 'missing') },
  { head: 'queued', cell: ({ jobs, more }) => `${jobs.queued}${more}`, isNumber: true },
  { head: 'leased', cell: ({ jobs, more }) => `${jobs.leased}${more}`, isNumber: true },
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

function showStatus({ at, accounts, isComplete, deliveriesWaiting, deadLetters }: Status, width: number): string[] {
  if (accounts.length === 0) return ['There is no account yet. Run signet account create to make one.'];
  const more = isComplete ? '' : '+';
  const pools = accounts.flatMap(({ account, pools }) =>
    pools.map((one) => ({ ...one, accountId: account.accountId, more })),
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
    ...showTable(
      accounts.map((one) => ({ ...one, more })),
      ACCOUNTS,
      width,
    ),
    '',
    ...showTable(pools, POOLS, width),
    ...missing,
    ...(isComplete ? [] : wrap('There is more open work than was counted. A plus sign marks a lower bound.', width)),
    '',
    ...(failing.length === 0
      ? ['No active endpoint failed at its newest attempt.']
      : ['Failing endpoints:', ...showTable(failing, ENDPOINTS, width)]),
    '',
    ...wrap(showDeliveries(deliveriesWaiting, more), width),
    ...wrap(showDeadLetters(deadLetters), width),
  ];
}

function showTraffic({ lastHour: { jobs, isComplete } }: AccountStatus): string {
  const total = Object.values(jobs).reduce((sum, one) => sum + one, 0);
  return isComplete ? String(total) : `${total}+`;
}

function countOpen(pools: readonly PoolStatus[]): number {
  return pools.reduce((total, { jobs }) => total + jobs.queued + jobs.leased, 0);
}

function showDeliveries({ queue, table }: Status['deliveriesWaiting'], more: string): string {
  const later = `${table}${more} wait in the table for a later retry`;
  if (!queue) return `Waiting deliveries: the queue does not exist, and ${later}.`;
  const { visible, inFlight, delayed } = queue;
  const total = visible + inFlight + delayed + table;
  return `Waiting deliveries: ${total}${more}. About ${visible + inFlight} are in the queue, about ${delayed} wait there for a retry, and ${later}.`;
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
