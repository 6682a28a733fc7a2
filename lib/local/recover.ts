// After a restart the table still exists and the queues do not. Recovery creates them and sends their messages.

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
import { type RestartedAgent, releaseOrphanedLeases } from './release-orphaned-leases.ts';

/** What was sent again, and what was not. */
export interface Recovery {
  /** How many jobs or deliveries were sent again. */
  readonly sent: number;
  /** Why something could not be sent again, in the order of the failures. */
  readonly failures: readonly string[];
}

/** What distinguishes this run from the last one. */
export interface ThisRun {
  /** Epoch milliseconds, before the first function can run. */
  readonly startedAt: number;
  readonly events: Pick<FunctionEvents, 'has'>;
}

/** What was lost, in the plural and the singular. */
const NOUNS = { jobs: 'job', deliveries: 'delivery' } as const;

/** Creates the queues and sends every open job, due or not. A failure is reported and does not stop the rest. */
export function recoverJobs(access: OperatorAccess, agent: RestartedAgent): Promise<Recovery> {
  return collectFailures(access, async (ports, attempt) => {
    const accounts = await attempt(access.directory.listAccounts(), []);
    for (const queue of accounts.flatMap(queuesOf)) await attempt(access.registry.createQueue(queue), undefined);
    await attempt(releaseOrphanedLeases(ports, agent), undefined);
    return attempt(resendOpenJobs(ports), 0);
  });
}

/**
 * Sends the deliveries that were in the lost queue, but none that this run has published. Call it when the stream has
 * caught up: events that it has yet to publish would otherwise be sent twice. A delivery that waits for the sweep is in
 * the table and stays there.
 */
export function recoverDeliveries(access: OperatorAccess, run: ThisRun): Promise<Recovery> {
  return collectFailures(access, async (ports, attempt) => {
    const accounts = await attempt(access.directory.listAccounts(), []);
    return attempt(rebuildEvents(ports, publishedBefore(run, eventSourcesOf(accounts, access))), 0);
  });
}

/**
 * Collects failures in place of throwing them, because the relay must start anyway. `attempt` returns `fallback` then.
 */
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

/** Returns up to two sentences for the user, or none when there was nothing to recover. */
export function describeRecovery(what: keyof typeof NOUNS, { sent, failures }: Recovery): string[] {
  const [first] = failures;
  const lines: string[] = [];
  if (sent > 0) lines.push(`Recovered from the last run: ${sent} ${sent === 1 ? NOUNS[what] : what}.`);
  if (first)
    lines.push(`Of the ${what}, ${failures.length} could not be recovered. The next start retries them (${first}).`);
  return lines;
}

function queuesOf({ accountId, pools }: Account) {
  return pools.map((pool) => ({ accountId, pool }));
}

/** Yields what events are derived from: all retained jobs, and this month's warnings. */
async function* eventSourcesOf(accounts: readonly Account[], access: OperatorAccess): AsyncIterable<EventSource> {
  const { clock, history, quota } = access;
  const since = clock() - LIMITS.retentionSeconds * 1000;
  for (const { accountId } of accounts) {
    yield* history.listCreatedSince(accountId, since);
    const warning = await quota.findWarning(accountId, quotaWindowOf(clock()));
    if (warning) yield warning;
  }
}

/** Skips the events of this run. A delivery in progress has no record yet, so it would be mistaken for a lost one. */
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
