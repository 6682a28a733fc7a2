// After a restart the table is there and the queues are not: make them again, and send again what was in them.

import { LIMITS } from '../api/limits.ts';
import type { OperatorAccess } from '../aws/deployment/operator-access.ts';
import { type EventSource, eventOf } from '../relay/delivery/publish-event.ts';
import { rebuildEvents } from '../relay/delivery/rebuild-events.ts';
import { describeFailure } from '../relay/model/describe-failure.ts';
import type { LogEvent } from '../relay/model/log-events.ts';
import { quotaWindowOf } from '../relay/model/quota-window.ts';
import type { Account } from '../relay/model/records.ts';
import { resendOpenJobs } from '../relay/sweep/sweep.ts';
import type { FunctionEvents } from './function-events.ts';
import { type RestartedAgent, releaseUnheard } from './release-unheard.ts';

export interface Recovery {
  /** How many jobs or deliveries were sent again. */
  readonly sent: number;
  /** Why something could not be sent again, in the order it happened. */
  readonly failures: readonly string[];
}

/** What is told apart from the last run. */
export interface ThisRun {
  /** Epoch milliseconds, before the first function could run. */
  readonly startedAt: number;
  readonly events: Pick<FunctionEvents, 'has'>;
}

/** What was lost, as one and as several. */
const LOST = { jobs: 'job', deliveries: 'delivery' } as const;

/** Makes the queues again and sends every open job, due or not. What fails is told and holds nothing else up. */
export function recoverJobs(access: OperatorAccess, agent: RestartedAgent): Promise<Recovery> {
  return collectFailures(access, async (ports, attempt) => {
    const accounts = await attempt(access.directory.listAccounts(), []);
    for (const queue of accounts.flatMap(queuesOf)) await attempt(access.registry.createQueue(queue), undefined);
    await attempt(releaseUnheard(ports, agent), undefined);
    return attempt(resendOpenJobs(ports), 0);
  });
}

/**
 * Sends the deliveries that were in the lost queue, and none that this run put into its own. To be called when the stream
 * has caught up: what it still has to publish would be sent twice. What waits for the sweep waits in the table, and is
 * left there.
 */
export function recoverDeliveries(access: OperatorAccess, run: ThisRun): Promise<Recovery> {
  return collectFailures(access, async (ports, attempt) => {
    const accounts = await attempt(access.directory.listAccounts(), []);
    return attempt(rebuildEvents(ports, publishedBefore(run, keptSourcesOf(accounts, access))), 0);
  });
}

/** A relay that starts is worth more than its past, so no failure is thrown. `attempt` gives `fallback` instead. */
async function collectFailures(
  access: OperatorAccess,
  work: (ports: OperatorAccess, attempt: <T>(work: Promise<T>, fallback: T) => Promise<T>) => Promise<number>,
): Promise<Recovery> {
  const failures: string[] = [];
  const record = (event: LogEvent) => {
    if (event.event === 'dependency.failed') failures.push(event.reason);
  };
  const attempt = <T>(work: Promise<T>, fallback: T): Promise<T> =>
    work.catch((error: unknown) => {
      failures.push(describeFailure(error));
      return fallback;
    });
  const sent = await work({ ...access, eventLog: { record } }, attempt);
  return { sent, failures };
}

/** One sentence or two for whoever starts the relay; none when there was nothing to do. */
export function describeRecovery(what: keyof typeof LOST, { sent, failures }: Recovery): string[] {
  const [first] = failures;
  const lines: string[] = [];
  if (sent > 0) lines.push(`Taken up again from the last run: ${sent} ${sent === 1 ? LOST[what] : what}.`);
  if (first)
    lines.push(
      `Of the ${what}, ${failures.length} could not be taken up again; the next start tries once more (${first}).`,
    );
  return lines;
}

function queuesOf({ accountId, pools }: Account) {
  return pools.map((pool) => ({ accountId, pool }));
}

/** What events are made from: the jobs that are kept, and this month's warnings. */
async function* keptSourcesOf(accounts: readonly Account[], access: OperatorAccess): AsyncIterable<EventSource> {
  const { clock, history, quota } = access;
  const since = clock() - LIMITS.retentionSeconds * 1000;
  for (const { accountId } of accounts) {
    yield* history.listCreatedSince(accountId, since);
    const warning = await quota.findWarning(accountId, quotaWindowOf(clock()));
    if (warning) yield warning;
  }
}

/** A delivery in flight has no record yet, so a slow consumer's would be taken for a lost one. */
async function* publishedBefore(
  { startedAt, events }: ThisRun,
  sources: AsyncIterable<EventSource>,
): AsyncIterable<EventSource> {
  for await (const source of sources) {
    const event = eventOf(source);
    if (!event) continue;
    const isOfThisRun =
      Date.parse(event.timestamp) >= startedAt || events.has('event.published', { eventId: event.id });
    if (!isOfThisRun) yield source;
  }
}
