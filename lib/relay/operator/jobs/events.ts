// Events made again from jobs that have ended and from quota warnings: after a lost queue, or for a late endpoint.
import { LIMITS } from '../../../api/limits.ts';
import type { EventSource } from '../../delivery/publish-event.ts';
import { type RebuildPorts as EventPorts, rebuildEvents } from '../../delivery/rebuild-events.ts';
import type { LogEvent } from '../../model/log-events.ts';
import type { Directory, QuotaLedger } from '../../model/ports.ts';
import { quotaWindowOf } from '../../model/quota-window.ts';
import { findLasting } from '../find-account.ts';
import type { AccountRegister } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { LONGEST_LIFE_MS, type OpenJobsPorts, readJobs } from './open-jobs.ts';

export interface RebuildPorts extends OpenJobsPorts, EventPorts {
  readonly accounts: AccountRegister;
  readonly directory: Directory;
  readonly quota: Pick<QuotaLedger, 'findWarning'>;
}

export interface RebuildInput {
  /** Epoch milliseconds: what happened since then. */
  readonly sinceMs: number;
  /** Absent: every account. */
  readonly accountId?: string | undefined;
}

export interface Rebuilt {
  /** Deliveries. What was delivered, or waits for its next attempt, is not sent again. */
  readonly sent: number;
  /** What could not be sent now: to be asked for again. */
  readonly failed: number;
}

export async function rebuild(ports: RebuildPorts, input: RebuildInput): Promise<Outcome<Rebuilt>> {
  if (!Number.isSafeInteger(input.sinceMs) || input.sinceMs > ports.clock())
    return refused('invalid', 'Events are made again since a time that has passed.');
  const one = input.accountId === undefined ? undefined : await findLasting(ports, input.accountId);
  if (one && !one.ok) return one;
  const accounts = one ? [one.value] : await ports.directory.listAccounts();
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

/** No month is shorter than the step. */
function monthsBetween(sinceMs: number, nowMs: number): ReadonlySet<string> {
  const months = new Set<string>();
  for (let at = sinceMs; at < nowMs; at += 28 * 24 * 3600 * 1000) months.add(quotaWindowOf(at));
  return months.add(quotaWindowOf(nowMs));
}
