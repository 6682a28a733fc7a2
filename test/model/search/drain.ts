// The end of it all: time passes, the sweep comes every now and then, and agents work or there are none.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leasesIn, reportOf, SWEEP } from '../system/acts.ts';
import type { Broken } from '../system/observe.ts';
import { perform } from '../system/perform.ts';
import type { SmallCase } from '../system/small-case.ts';
import type { Mutation } from './breaking.ts';
import { isOpen } from './invariants.ts';

/** A day of sweeps and more, for any job that begins with it. */
const ROUNDS = 60;

/** Goes on from the moment that the relay is in. What was promised of each job and is not so. */
export async function drain(
  small: SmallCase,
  worker: number | undefined,
  mutation?: Mutation,
): Promise<readonly Broken[]> {
  const { relay } = small;
  // The other account has no agent, so nobody promised that its jobs are done.
  const before = [...relay.rows.values()].filter((job) => isOpen(job) && small.jobIds.includes(job.jobId));
  const { nowMs } = relay.time;
  for (let round = 0; round < ROUNDS && [...relay.rows.values()].some(isOpen); round += 1) {
    await perform(relay, SWEEP, { mutation });
    if (worker !== undefined) await work(small, worker, mutation);
    passTime(small);
  }
  const missed = before.filter((job) => !isAsPromised(job, relay.rows.get(job.jobId), worker !== undefined, nowMs));
  return [
    ...relay.observer.broken,
    ...missed.map(({ jobId }) => ({
      invariant: 'an accepted job ends, and is done where there was time',
      detail: `${JSON.stringify(relay.rows.get(jobId))} from ${nowMs}`,
    })),
  ];
}

/** Takes what there is, and reports it. */
async function work(small: SmallCase, worker: number, mutation: Mutation | undefined): Promise<void> {
  const pulled = small.pulling(worker, { want: 10 });
  const { answer } = await perform(small.relay, pulled.act, { mutation });
  const leases: readonly Lease[] = answer ? leasesIn(answer) : [];
  const reporter = small.reporters[worker];
  if (leases.length > 0 && reporter)
    await perform(small.relay, small.pulling(worker, reportOf(reporter, leases)).act, { mutation });
}

/** To the next moment from which on the sweep or a receive finds something else; a minute at least. */
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

/** Done, if an agent worked and there was an attempt and time for it left when the last lease ended. */
function isAsPromised(job: Job, ended: Job | undefined, isWorked: boolean, nowMs: number): boolean {
  if (!ended || isOpen(ended)) return false;
  const freeAt = job.state === 'leased' ? Math.max(nowMs, job.leaseUntil ?? 0) : nowMs;
  const isTimely = freeAt + 60_000 < job.deadlineAt;
  if (!isTimely) return true;
  if (job.attempts >= LIMITS.attempts) return ended.state === 'failed';
  return ended.state === (isWorked ? 'completed' : 'expired');
}
