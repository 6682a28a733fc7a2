// One screen of how a deployment does: for each account its traffic, what waits, who works, what fails. All bounded.
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
  /** Undefined where the queue is not there. */
  readonly deliveriesWaiting: QueueDepth | undefined;
  /** Messages that nobody could handle: somebody should look. */
  readonly deadLetters: { readonly deliveries: number | undefined; readonly events: number | undefined };
}

export interface AccountStatus {
  readonly account: Account;
  /** Jobs made in the last hour, as they stand now. `isComplete` is false where there are more than are looked at. */
  readonly lastHour: { readonly jobs: Readonly<Record<JobState, number>>; readonly isComplete: boolean };
  readonly quota: { readonly used: number; readonly limit: number };
  readonly pools: readonly PoolStatus[];
  readonly failingEndpoints: readonly FailingEndpoint[];
}

export interface PoolStatus {
  readonly pool: string;
  /** Undefined where the queue is missing: reconcile the queues. */
  readonly waiting: QueueDepth | undefined;
  readonly agents: { readonly total: number; readonly online: number; readonly paused: number };
}

/** Of its newest deliveries none arrived. */
export interface FailingEndpoint {
  readonly endpointId: string;
  readonly attemptedAt: number;
  /** The receiver's status, or what kept us from one. */
  readonly outcome: string;
}

const HOUR_MS = 3600 * 1000;
/** In the hour of one account. */
const EXAMINED_JOBS = 500;
const EXAMINED_DELIVERIES = 5;
const ACCOUNTS_AT_ONCE = 5;

export async function readStatus(ports: StatusPorts): Promise<Status> {
  const accounts = (await ports.directory.listAccounts()).toSorted((one, other) =>
    one.name.localeCompare(other.name, 'en'),
  );
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
    failingEndpoints: (await Promise.all(endpoints.map((one) => findFailing(ports, one)))).flat(),
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

/** One that gets nothing, because it is not active, does not fail. */
async function findFailing({ log }: StatusPorts, endpoint: Endpoint): Promise<readonly FailingEndpoint[]> {
  const records = endpoint.state === 'active' ? await log.listNewest(endpoint, EXAMINED_DELIVERIES) : [];
  const newest = records.toSorted((one, other) => other.attemptedAt - one.attemptedAt)[0];
  if (!newest || records.some(({ state }) => state === 'delivered')) return [];
  const { attemptedAt, outcome } = newest;
  return [{ endpointId: endpoint.endpointId, attemptedAt, outcome }];
}
