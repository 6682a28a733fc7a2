// Events made again from jobs that have ended: after a lost queue, or for an endpoint that was waived late.
import { LIMITS } from '../limits.ts';
import type { LogEvent } from '../log-events.ts';
import type { AccountRegister, Directory } from '../ports.ts';
import { type RebuildPorts as EventPorts, rebuildEvents } from '../rebuild-events.ts';
import type { Job } from '../records.ts';
import { ACCOUNT_NUMBERS } from './account-form.ts';
import { findLasting } from './find-account.ts';
import { type OpenJobsPorts, readJobs } from './open-jobs.ts';
import { done, type Outcome, refused } from './outcome.ts';

export interface RebuildPorts extends OpenJobsPorts, EventPorts {
  readonly accounts: AccountRegister;
  readonly directory: Directory;
}

export interface RebuildWish {
  /** Epoch milliseconds: jobs that ended since then. */
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

export async function rebuild(ports: RebuildPorts, wish: RebuildWish): Promise<Outcome<Rebuilt>> {
  if (!Number.isSafeInteger(wish.sinceMs) || wish.sinceMs > ports.clock())
    return refused('invalid', 'Events are made again since a time that has passed.');
  const one = wish.accountId === undefined ? undefined : await findLasting(ports, wish.accountId);
  if (one && !one.ok) return one;
  const accounts = one ? [one.value] : await ports.directory.listAccounts();
  let failed = 0;
  const record = (event: LogEvent) => {
    if (event.event === 'dependency.failed') failed += 1;
    ports.journal.record(event);
  };
  const ended = endedSince(
    ports,
    accounts.map(({ accountId }) => accountId),
    wish.sinceMs,
  );
  const sent = await rebuildEvents({ ...ports, journal: { record } }, ended);
  return done({ sent, failed });
}

/** A job may have been made as long before it ended as a deadline may last, and its last lease. */
const LONGEST_LIFE_MS = (ACCOUNT_NUMBERS.jobDeadlineSeconds.most + LIMITS.renewalCapSeconds + 24 * 3600) * 1000;

async function* endedSince(ports: RebuildPorts, accountIds: readonly string[], sinceMs: number): AsyncIterable<Job> {
  const oldest = Math.max(sinceMs - LONGEST_LIFE_MS, ports.clock() - LIMITS.retentionSeconds * 1000);
  for (const accountId of accountIds)
    for await (const job of readJobs(ports, accountId, oldest)) if (job.updatedAt >= sinceMs) yield job;
}
