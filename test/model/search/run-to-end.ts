// Runs the model to its end: time passes, the sweep runs, and one agent works or none does.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leasesIn, reportOf, SWEEP } from '../system/actions.ts';
import type { Violation } from '../system/observer.ts';
import { perform } from '../system/perform.ts';
import type { SmallCase } from '../system/small-case.ts';
import { isOpen } from './invariants.ts';
import type { Mutation } from './mutation.ts';

/** Enough sweeps for any job to end. */
const ROUNDS = 60;

/**
 * Continues from the relay's current state until every job has ended. Returns the violated invariants.
 *
 * @param worker The index of the agent that works; no agent works if it is undefined.
 */
export async function runToEnd(
  small: SmallCase,
  worker: number | undefined,
  mutation?: Mutation,
): Promise<readonly Violation[]> {
  const { relay } = small;
  // The other account has no agent, so nobody promised that its jobs are done.
  const before = [...relay.rows.values()].filter((job) => isOpen(job) && small.jobIds.includes(job.jobId));
  const { nowMs } = relay.time;
  for (let round = 0; round < ROUNDS && [...relay.rows.values()].some(isOpen); round += 1) {
    await perform(relay, SWEEP, { mutation });
    if (worker !== undefined) await work(small, worker, mutation);
    passTime(small);
  }
  const unkept = before.filter((job) => !endedAsPromised(job, relay.rows.get(job.jobId), worker !== undefined, nowMs));
  return [
    ...relay.observer.violations,
    ...unkept.map(({ jobId }) => ({
      invariant: 'an accepted job ends, and is completed if there was time',
      detail: `${JSON.stringify(relay.rows.get(jobId))} from ${nowMs}`,
    })),
  ];
}

/** Pulls jobs for one agent, and reports a result for each. */
async function work(small: SmallCase, worker: number, mutation: Mutation | undefined): Promise<void> {
  const pulled = small.pullBy(worker, { want: 10 });
  const { answer } = await perform(small.relay, pulled.action, { mutation });
  const leases: readonly Lease[] = answer ? leasesIn(answer) : [];
  const reporter = small.reporters[worker];
  if (leases.length > 0 && reporter)
    await perform(small.relay, small.pullBy(worker, reportOf(reporter, leases)).action, { mutation });
}

/** Advances the time to the next change that a sweep or a receive can see, by at least a minute and at most an hour. */
function passTime({ relay }: SmallCase): void {
  const { nowMs } = relay.time;
  const jobs = [...relay.rows.values()].filter(isOpen);
  const moments = [
    ...jobs.flatMap(({ leaseUntil, dueAt, deadlineAt }) => [
      leaseUntil,
      dueAt && dueAt - TUNING.sweepLookAheadSeconds * 1000,
      deadlineAt,
    ]),
    ...relay.queue.messages.map(({ visibleAt }) => visibleAt),
  ].filter((moment) => moment !== undefined && moment > nowMs);
  relay.time.nowMs = Math.max(nowMs + 60_000, Math.min(nowMs + 3_600_000, ...(moments as number[])));
}

/** Returns true if the job ended, and was completed if an agent worked and an attempt and time were left after its lease. */
function endedAsPromised(job: Job, ended: Job | undefined, hasWorker: boolean, nowMs: number): boolean {
  if (!ended || isOpen(ended)) return false;
  const freeAt = job.state === 'leased' ? Math.max(nowMs, job.leaseUntil ?? 0) : nowMs;
  const isTimely = freeAt + 60_000 < job.deadlineAt;
  if (!isTimely) return true;
  if (job.attempts >= LIMITS.attempts) return ended.state === 'failed';
  return ended.state === (hasWorker ? 'completed' : 'expired');
}
