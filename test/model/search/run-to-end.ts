// Runs the model to its end: time passes, the sweep runs, and one agent works or none does.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
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
  const { nowMs } = relay.time;
  // The other account has no agent, so nobody promised that its jobs are done.
  const before = [...relay.rows.values()]
    .filter((job) => isOpen(job) && small.jobIds.includes(job.jobId))
    .map((job) => ({ job, reachableAt: reachableAt(small, job) }));
  for (let round = 0; round < ROUNDS && [...relay.rows.values()].some(isOpen); round += 1) {
    await perform(relay, SWEEP, { mutation });
    if (worker !== undefined) await work(small, worker, mutation);
    passTime(small);
  }
  const unkept = before.filter((open) => !endedAsPromised(open, relay.rows.get(open.job.jobId), worker !== undefined));
  return [
    ...relay.observer.violations,
    ...unkept.map(({ job: { jobId } }) => ({
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
    ...jobs.flatMap(({ leaseUntil, dueAt, deadlineAt }) => [leaseUntil, dueAt, deadlineAt]),
    ...relay.queue.messages.map(({ visibleAt }) => visibleAt),
  ].filter((moment) => moment !== undefined && moment > nowMs);
  relay.time.nowMs = Math.max(nowMs + 60_000, Math.min(nowMs + 3_600_000, ...(moments as number[])));
}

/** Enough for the sweep to find out twice that the queue is empty, at alarms that are an hour apart, and to send. */
const HEALING_MS = 3 * 3_600_000;

/** Returns the time from which an agent can lease the job: its lease has run out, and a pointer to it is visible. */
function reachableAt({ relay }: SmallCase, job: Job): number {
  const { nowMs } = relay.time;
  const pointers = relay.queue.messages.filter(({ ref }) => ref.jobId === job.jobId && ref.createdAt === job.createdAt);
  const visibleAt = Math.min(nowMs + HEALING_MS, ...pointers.map((pointer) => pointer.visibleAt));
  return Math.max(nowMs, visibleAt, job.state === 'leased' ? (job.leaseUntil ?? 0) : 0);
}

interface OpenJob {
  readonly job: Job;
  readonly reachableAt: number;
}

/** Returns true if the job ended, and was completed if an agent worked and an attempt and time were left to lease it. */
function endedAsPromised({ job, reachableAt }: OpenJob, ended: Job | undefined, hasWorker: boolean): boolean {
  if (!ended || isOpen(ended)) return false;
  if (reachableAt + 60_000 >= job.deadlineAt) return true;
  if (job.attempts >= LIMITS.attempts) return ended.state === 'failed';
  return ended.state === (hasWorker ? 'completed' : 'expired');
}
