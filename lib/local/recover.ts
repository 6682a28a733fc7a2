// After a restart the table is there and the queues are not: make them again, and send again what was in them.
import { describeFailure } from '../relay/describe-failure.ts';
import { LIMITS } from '../relay/limits.ts';
import type { LogEvent } from '../relay/log-events.ts';
import { rebuildEvents } from '../relay/rebuild-events.ts';
import type { Account, Job } from '../relay/records.ts';
import { resendOpenJobs } from '../relay/sweep.ts';
import type { OperatorAccess } from './operator-access.ts';
import { type RestartedAgent, releaseUnheard } from './release-unheard.ts';

export interface Recovery {
  readonly jobs: number;
  readonly deliveries: number;
  /** Why something could not be sent again, in the order it happened. */
  readonly failures: readonly string[];
}

/**
 * Open jobs are sent again, due or not; deliveries that were in the queue too. What waits for the sweep waits in the table.
 * What fails is told and holds nothing else up: a relay that starts is worth more than its past.
 */
export async function recover(access: OperatorAccess, agent: RestartedAgent): Promise<Recovery> {
  const failures: string[] = [];
  const record = (event: LogEvent) => {
    if (event.event === 'dependency.failed') failures.push(event.reason);
  };
  const attempt = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
    work.catch((error: unknown) => {
      failures.push(describeFailure(error));
      return otherwise;
    });
  const ports = { ...access, journal: { record } };
  const accounts = await attempt(access.directory.listAccounts(), []);
  for (const queue of accounts.flatMap(queuesOf)) await attempt(access.registry.createQueue(queue), undefined);
  await attempt(releaseUnheard(ports, agent), undefined);
  const jobs = await attempt(resendOpenJobs(ports), 0);
  const deliveries = await attempt(rebuildEvents(ports, keptJobsOf(accounts, access)), 0);
  return { jobs, deliveries, failures };
}

/** One sentence or two for whoever starts the relay; none when there was nothing to do. */
export function describeRecovery({ jobs, deliveries, failures }: Recovery): string[] {
  const [first] = failures;
  const lines: string[] = [];
  if (jobs + deliveries > 0) lines.push(`Taken up again from the last run: ${jobs} jobs, ${deliveries} deliveries.`);
  if (first) lines.push(`${failures.length} could not be taken up again; the next start tries once more (${first}).`);
  return lines;
}

function queuesOf({ accountId, pools }: Account) {
  return pools.map((pool) => ({ accountId, pool }));
}

async function* keptJobsOf(accounts: readonly Account[], { clock, history }: OperatorAccess): AsyncIterable<Job> {
  const since = clock() - LIMITS.retentionSeconds * 1000;
  for (const { accountId } of accounts) yield* history.listCreatedSince(accountId, since);
}
