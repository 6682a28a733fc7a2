// The state of a deployment on one screen: traffic, queues, agents and failing endpoints of each account. Reads are bounded.
import type { JobState } from '../../../protocol/messages.ts';
import { JOB_STATES } from '../../../protocol/messages.ts';
import { quotaLimitsOf } from '../../admission/quota.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import { mapConcurrently } from '../../model/map-concurrently.ts';
import type {
  Clock,
  DeliveryLog,
  Directory,
  JobHistory,
  Presence,
  QueueDepth,
  QuotaLedger,
} from '../../model/ports.ts';
import type { Account, AgentPresence, Endpoint } from '../../model/records.ts';
import { readJobs } from '../jobs/open-jobs.ts';
import type { Backlog, QueueInventory } from '../operator-ports.ts';
import { countOpenWork, type OpenJobs, type OpenWork, type OpenWorkPorts } from './open-work.ts';

export interface StatusPorts extends OpenWorkPorts {
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
  /** False if there are more open jobs and waiting deliveries than were counted. Their numbers are then lower bounds. */
  readonly isComplete: boolean;
  readonly deliveriesWaiting: {
    /** Deliveries in the queue, also those whose retry is delayed. Undefined if the queue does not exist. */
    readonly queue: QueueDepth | undefined;
    /** Deliveries in the table, whose next attempt is more than 15 minutes later. */
    readonly table: number;
  };
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
  /** The open jobs, whenever they were created. */
  readonly jobs: OpenJobs;
  /** The pointers in the queue. A job can have several, or none. Undefined if the queue is missing: reconcile the queues. */
  readonly waiting: QueueDepth | undefined;
  readonly agents: { readonly total: number; readonly online: number; readonly paused: number };
}

/** An active endpoint whose newest attempt failed. */
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
  const [work, queue, deadDeliveries, deadEvents] = await Promise.all([
    countOpenWork(ports),
    backlog.deliveries(),
    backlog.deadDeliveries(),
    backlog.deadEvents(),
  ]);
  return {
    at: ports.clock(),
    accounts: await mapConcurrently(accounts, ACCOUNTS_AT_ONCE, (account) => readAccount(ports, account, work)),
    isComplete: work.isComplete,
    deliveriesWaiting: { queue, table: work.deliveries },
    deadLetters: { deliveries: sum(deadDeliveries), events: sum(deadEvents) },
  };
}

function sum(depth: QueueDepth | undefined): number | undefined {
  return depth && depth.visible + depth.inFlight + depth.delayed;
}

async function readAccount(ports: StatusPorts, account: Account, work: OpenWork): Promise<AccountStatus> {
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
    pools: await Promise.all(
      account.pools.map(async (pool) => ({
        ...(await readPool(ports, { accountId, pool }, agents)),
        jobs: work.jobsOf({ accountId, pool }),
      })),
    ),
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
): Promise<Omit<PoolStatus, 'jobs'>> {
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

/**
 * Returns the endpoint in a list if its newest attempt failed, else an empty list. Earlier successes do not hide an outage.
 * An inactive endpoint gets no deliveries and does not fail.
 */
async function findFailing({ log }: StatusPorts, endpoint: Endpoint): Promise<readonly FailingEndpoint[]> {
  const records = endpoint.state === 'active' ? await log.listNewest(endpoint, EXAMINED_DELIVERIES) : [];
  const attempted = records.filter(({ state }) => state !== 'dropped');
  const newest = attempted.toSorted((a, b) => b.attemptedAt - a.attemptedAt)[0];
  if (!newest || newest.state === 'delivered') return [];
  const { attemptedAt, outcome } = newest;
  return [{ endpointId: endpoint.endpointId, attemptedAt, outcome }];
}
