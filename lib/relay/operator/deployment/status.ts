// The state of a deployment on one screen: traffic, queues, agents and failing endpoints of each account. Reads are bounded.
import type { JobState } from '../../../protocol/messages.ts';
import { JOB_STATES } from '../../../protocol/messages.ts';
import { quotaLimitsOf } from '../../admission/quota.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import type { Clock, DeliveryLog, Directory, JobHistory, Presence, QuotaLedger } from '../../model/ports.ts';
import type { Account, AgentPresence, Endpoint } from '../../model/records.ts';
import { readJobs } from '../jobs/open-jobs.ts';
import type { Backlog, QueueDepth, QueueInventory } from '../operator-ports.ts';

export interface StatusPorts {
  readonly directory: Pick<Directory, 'listAccounts' | 'listEndpoints'>;
  readonly history: Pick<JobHistory, 'readPage'>;
  readonly quota: Pick<QuotaLedger, 'read'>;
  readonly presence: Pick<Presence, 'list'>;
  readonly inventory: Pick<QueueInventory, 'depth'>;
  readonly log: Pick<DeliveryLog, 'listNewest'>;
  readonly backlog: Backlog;
  readonly clock: Clock;
}

export interface Status {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly accounts: readonly AccountStatus[];
  /** Undefined if the delivery queue does not exist. */
  readonly deliveriesWaiting: QueueDepth | undefined;
  /** Numbers of messages in the dead-letter queues. An operator should look at them. */
  readonly deadLetters: { readonly deliveries: number | undefined; readonly events: number | undefined };
}

export interface AccountStatus {
  readonly account: Account;
  /** Jobs of the last hour, counted by current state. `isComplete` is false if there are more jobs than were examined. */
  readonly lastHour: { readonly jobs: Readonly<Record<JobState, number>>; readonly isComplete: boolean };
  readonly quota: { readonly used: number; readonly limit: number };
  readonly pools: readonly PoolStatus[];
  readonly failingEndpoints: readonly FailingEndpoint[];
}

export interface PoolStatus {
  readonly pool: string;
  /** Undefined if the queue is missing. Reconciling the queues creates it. */
  readonly waiting: QueueDepth | undefined;
  readonly agents: { readonly total: number; readonly online: number; readonly paused: number };
}

/** An endpoint that accepted none of its newest deliveries. */
export interface FailingEndpoint {
  readonly endpointId: string;
  readonly attemptedAt: number;
  /** The receiver's HTTP status, or the failure that prevented an answer. */
  readonly outcome: string;
}

const HOUR_MS = 3600 * 1000;
/** The most jobs of one account that are counted. */
const EXAMINED_JOBS = 500;
const EXAMINED_DELIVERIES = 5;
const ACCOUNTS_AT_ONCE = 5;

/**
 * Reads the state of every account and of the shared queues. Queue depths are approximate.
 *
 * @throws DependencyUnavailable if a service fails.
 */
export async function readStatus(ports: StatusPorts): Promise<Status> {
  const accounts = (await ports.directory.listAccounts()).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const { backlog } = ports;
  const [deliveriesWaiting, deadDeliveries, deadEvents] = await Promise.all([
    backlog.deliveries(),
    backlog.deadDeliveries(),
    backlog.deadEvents(),
  ]);
  return {
    at: ports.clock(),
    accounts: await mapConcurrently(accounts, ACCOUNTS_AT_ONCE, (account) => readAccount(ports, account)),
    deliveriesWaiting,
    deadLetters: { deliveries: sum(deadDeliveries), events: sum(deadEvents) },
  };
}

function sum(depth: QueueDepth | undefined): number | undefined {
  return depth && depth.visible + depth.inFlight;
}

async function readAccount(ports: StatusPorts, account: Account): Promise<AccountStatus> {
  const { accountId } = account;
  const [lastHour, used, agents, endpoints] = await Promise.all([
    countLastHour(ports, accountId),
    ports.quota.read(accountId, ports.clock()),
    ports.presence.list(accountId),
    ports.directory.listEndpoints(accountId),
  ]);
  return {
    account,
    lastHour,
    quota: { used: used.month, limit: quotaLimitsOf(account).jobsPerMonth },
    pools: await Promise.all(account.pools.map((pool) => readPool(ports, { accountId, pool }, agents))),
    failingEndpoints: (await Promise.all(endpoints.map((endpoint) => findFailing(ports, endpoint)))).flat(),
  };
}

async function countLastHour(ports: StatusPorts, accountId: string): Promise<AccountStatus['lastHour']> {
  const jobs = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  let examined = 0;
  for await (const { state } of readJobs(ports, accountId, ports.clock() - HOUR_MS)) {
    if (examined === EXAMINED_JOBS) return { jobs, isComplete: false };
    examined += 1;
    jobs[state] += 1;
  }
  return { jobs, isComplete: true };
}

async function readPool(
  ports: StatusPorts,
  { accountId, pool }: { readonly accountId: string; readonly pool: string },
  agents: readonly AgentPresence[],
): Promise<PoolStatus> {
  const own = agents.filter((agent) => agent.pool === pool && agent.state !== 'revoked');
  const nowMs = ports.clock();
  return {
    pool,
    waiting: await ports.inventory.depth({ accountId, pool }),
    agents: {
      total: own.length,
      online: own.filter((agent) => isOnline(agent, nowMs)).length,
      paused: own.filter(({ state }) => state === 'paused').length,
    },
  };
}

/** Returns the endpoint in a list if it fails, else an empty list. An inactive endpoint gets no deliveries and does not fail. */
async function findFailing({ log }: StatusPorts, endpoint: Endpoint): Promise<readonly FailingEndpoint[]> {
  const records = endpoint.state === 'active' ? await log.listNewest(endpoint, EXAMINED_DELIVERIES) : [];
  const newest = records.toSorted((a, b) => b.attemptedAt - a.attemptedAt)[0];
  if (!newest || records.some(({ state }) => state === 'delivered')) return [];
  const { attemptedAt, outcome } = newest;
  return [{ endpointId: endpoint.endpointId, attemptedAt, outcome }];
}
