// The operator's command that rebuilds events from rows, after a queue was lost or for an endpoint that became active late.
import { LIMITS } from '../../../api/limits.ts';
import type { EventSource } from '../../delivery/publish-event.ts';
import { type RebuildPorts as EventPorts, rebuildEvents } from '../../delivery/rebuild-events.ts';
import type { LogEvent } from '../../model/log-events.ts';
import type { Directory, QuotaLedger } from '../../model/ports.ts';
import { quotaWindowOf } from '../../model/quota-window.ts';
import { findChangeableAccount } from '../find-account.ts';
import type { AccountRegister } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { LONGEST_LIFE_MS, type OpenJobsPorts, readJobs } from './open-jobs.ts';

export interface RebuildPorts extends OpenJobsPorts, EventPorts {
  readonly accounts: AccountRegister;
  readonly directory: Directory;
  readonly quota: Pick<QuotaLedger, 'findWarning'>;
}

export interface RebuildInput {
  /** Epoch milliseconds. Events from this time on are rebuilt. */
  readonly sinceMs: number;
  /** All accounts are rebuilt if it is absent. */
  readonly accountId?: string | undefined;
}

export interface Rebuilt {
  /** The number of deliveries that were sent. Deliveries that arrived or wait for their next attempt are not sent again. */
  readonly sent: number;
  /** The number of deliveries that could not be sent. Run the command again to send them. */
  readonly failed: number;
}

/**
 * Sends the events since a time again, from the rows of ended jobs and quota warnings, and returns the counts. Event ids
 * stay the same.
 */
export async function rebuild(ports: RebuildPorts, input: RebuildInput): Promise<Outcome<Rebuilt>> {
  if (!Number.isSafeInteger(input.sinceMs) || input.sinceMs > ports.clock())
    return refused('invalid', 'The time to rebuild events from is in the future. Name a time in the past.');
  const named = input.accountId === undefined ? undefined : await findChangeableAccount(ports, input.accountId);
  if (named && !named.ok) return named;
  const accounts = named ? [named.value] : await ports.directory.listAccounts();
  let failed = 0;
  const record = (event: LogEvent) => {
    if (event.event === 'dependency.failed') failed += 1;
    ports.eventLog.record(event);
  };
  const ids = accounts.map(({ accountId }) => accountId);
  const sent = await rebuildEvents({ ...ports, eventLog: { record } }, sourcesSince(ports, ids, input.sinceMs));
  return done({ sent, failed });
}

async function* sourcesSince(
  ports: RebuildPorts,
  accountIds: readonly string[],
  sinceMs: number,
): AsyncIterable<EventSource> {
  const nowMs = ports.clock();
  const oldest = Math.max(sinceMs - LONGEST_LIFE_MS, nowMs - LIMITS.retentionSeconds * 1000);
  for (const accountId of accountIds) {
    for await (const job of readJobs(ports, accountId, oldest)) if (job.updatedAt >= sinceMs) yield job;
    for (const month of monthsBetween(Math.max(sinceMs, oldest), nowMs)) {
      const warning = await ports.quota.findWarning(accountId, month);
      if (warning && warning.warnedAt >= sinceMs) yield warning;
    }
  }
}

/** Returns the quota windows that a period touches. The step is 28 days, so that it skips no month. */
function monthsBetween(sinceMs: number, nowMs: number): ReadonlySet<string> {
  const months = new Set<string>();
  for (let at = sinceMs; at < nowMs; at += 28 * 24 * 3600 * 1000) months.add(quotaWindowOf(at));
  return months.add(quotaWindowOf(nowMs));
}
