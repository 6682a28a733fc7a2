// Handles due jobs in batches: one read for all, ten messages to a call. A job's message is sent before its `dueAt` moves.

import { LIMITS } from '../../api/limits.ts';
import { refundIfUnused } from '../admission/refund-quota.ts';
import { endJob } from '../leasing/end-job.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { Clock, EventLog, JobQueues, JobStore, QuotaLedger } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';
import { TUNING } from '../model/tuning.ts';

export interface JobSweepPorts {
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

export interface SweepRun {
  readonly untilMs: number;
  /** Pools whose queue failed in this run. The run sends nothing more to them. */
  readonly failedPools: Set<string>;
}

interface Decided<D extends DueDecision = DueDecision> {
  readonly job: Job;
  readonly decision: D;
}

type Resend = Decided<Extract<DueDecision, { kind: 'resend' }>>;

/**
 * Does what each job needs, and returns how many jobs were changed or sent. A job that fails is logged and stays due.
 *
 * @param jobIds At most 100 ids, each once, oldest first.
 */
export async function sweepJobs(ports: JobSweepPorts, jobIds: readonly string[], run: SweepRun): Promise<number> {
  const jobs = await readInOrder(ports, jobIds);
  const nowMs = ports.clock();
  const decided = jobs.map((job) => ({ job, decision: decideDueJob(job, nowMs, run.untilMs) }));
  const resends = decided.filter((due): due is Resend => due.decision.kind === 'resend');
  const others = decided.filter(({ decision }) => decision.kind !== 'resend' && decision.kind !== 'leave');
  const change = (due: Decided) => withFallback(ports, () => changeJob(ports, due, nowMs), false);
  const [sent, ...changed] = await Promise.all([
    resendAll(ports, resends, run),
    // One at a time, so that a crash between the end of a job and its refund loses at most one unit.
    mapConcurrently(others.filter(getsRefund), 1, change),
    mapConcurrently(
      others.filter((due) => !getsRefund(due)),
      TUNING.sweepConcurrency,
      change,
    ),
  ]);
  return sent + changed.flat().filter((isDone) => isDone).length;
}

/** Reads the jobs together. If that fails, it reads each job alone, so that one unreadable row does not delay the others. */
async function readInOrder(ports: JobSweepPorts, jobIds: readonly string[]): Promise<readonly Job[]> {
  const found = await ports.jobs.findMany(jobIds).catch(() => undefined);
  if (!found)
    return (await mapConcurrently(jobIds, TUNING.sweepConcurrency, (jobId) => readAlone(ports, jobId))).flat();
  const byId = new Map(found.map((job) => [job.jobId, job]));
  return jobIds.flatMap((jobId) => byId.get(jobId) ?? []);
}

function readAlone(ports: JobSweepPorts, jobId: string): Promise<readonly Job[]> {
  return withFallback(ports, async () => [await ports.jobs.find(jobId)].flatMap((job) => job ?? []), []);
}

/** Sends the jobs of each pool separately, so that a slow queue delays only its own jobs. */
async function resendAll(ports: JobSweepPorts, resends: readonly Resend[], run: SweepRun): Promise<number> {
  const pools = [...Map.groupBy(resends, ({ job }) => `${job.accountId}-${job.pool}`)];
  const sent = await mapConcurrently(pools, TUNING.sweepConcurrency, ([name, resendsOfPool]) =>
    resendPool(ports, { name, resends: resendsOfPool, run }),
  );
  return sent.reduce((total, count) => total + count, 0);
}

interface DuePool {
  readonly name: string;
  readonly resends: readonly Resend[];
  readonly run: SweepRun;
}

/** Sends a pool's jobs, oldest first, and stops when its queue fails. Returns how many jobs were sent and moved. */
async function resendPool(ports: JobSweepPorts, { name, resends, run: { failedPools } }: DuePool): Promise<number> {
  let sent = 0;
  for (const messageBatch of toSqsBatches(resends)) {
    if (failedPools.has(name)) return sent;
    const enqueued = await withFallback(ports, () => send(ports, messageBatch), undefined);
    if (!enqueued) failedPools.add(name);
    else sent += await moveDueTimes(ports, enqueued);
  }
  return sent;
}

/** Sends one batch and returns the jobs that the queue accepted. */
async function send({ queues }: JobSweepPorts, messageBatch: readonly Resend[]): Promise<readonly Resend[]> {
  const [first] = messageBatch;
  if (!first) return [];
  const rejected = await queues.sendMany(
    first.job,
    messageBatch.map(({ job }) => job),
  );
  return messageBatch.filter(({ job }) => !rejected.some(({ jobId }) => jobId === job.jobId));
}

/** Moves each `dueAt` after its message was sent. A crash between the two repeats a message and loses none. */
async function moveDueTimes(ports: JobSweepPorts, sent: readonly Resend[]): Promise<number> {
  const moved = sent.map(({ job, decision }) =>
    withFallback(
      ports,
      async () => {
        const { accountId, jobId } = job;
        const resends = job.resends + 1;
        await ports.jobs.moveDue(job, decision.dueAt, resends);
        ports.eventLog.record({ event: 'job.resent', accountId, jobId, resends });
        return 1;
      },
      0,
    ),
  );
  return (await Promise.all(moved)).reduce<number>((total, count) => total + count, 0);
}

/** Returns true for a job that expires without ever having been leased. Its quota unit is refunded. */
function getsRefund({ job, decision }: Decided): boolean {
  return decision.kind === 'expire' && job.fence === 0;
}

async function changeJob(ports: JobSweepPorts, { job, decision }: Decided, nowMs: number): Promise<boolean> {
  if (decision.kind === 'postpone') await ports.jobs.moveDue(job, decision.dueAt, job.resends);
  else if (decision.kind === 'expire') await expire(ports, job, nowMs);
  else await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
  return true;
}

async function expire(ports: JobSweepPorts, job: Job, nowMs: number): Promise<void> {
  const isOurs = await endJob(ports, job, { state: 'expired', reason: 'deadline_passed', nowMs });
  if (isOurs) await refundIfUnused(ports, job, nowMs);
}

/** Returns the result of `act`. If it throws, logs the failure and returns the fallback. */
export async function withFallback<T>(
  { eventLog }: Pick<JobSweepPorts, 'eventLog'>,
  act: () => Promise<T>,
  fallback: T,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'sweep', reason: describeFailure(error) });
    return fallback;
  }
}

export type DueDecision =
  | { readonly kind: 'leave' | 'expire' | 'fail' }
  | { readonly kind: 'postpone'; readonly dueAt: number }
  | { readonly kind: 'resend'; readonly dueAt: number };

/**
 * Returns what a job needs. The index can lag, so the row itself decides whether the job is due.
 *
 * @param untilMs Epoch milliseconds. A job with a later `dueAt` is left alone.
 */
export function decideDueJob(job: Job, nowMs: number, untilMs: number): DueDecision {
  if (job.dueAt === undefined || job.dueAt > untilMs) return { kind: 'leave' };
  const liveUntil = job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs ? job.leaseUntil : undefined;
  if (liveUntil !== undefined) return postpone(job, liveUntil + TUNING.dueAfterLeaseSeconds * 1000);
  if (nowMs >= job.deadlineAt) return { kind: 'expire' };
  if (job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'resend', dueAt: nextDueAt(job, nowMs) };
}

/** Moves `dueAt`. Leaves the job alone if `dueAt` has that value already, which happens within the look-ahead. */
function postpone(job: Job, dueAt: number): DueDecision {
  return job.dueAt === dueAt ? { kind: 'leave' } : { kind: 'postpone', dueAt };
}

/** Returns the next `dueAt`. The delay doubles from two minutes to an hour and never passes the deadline. */
function nextDueAt(job: Job, nowMs: number): number {
  const backoffSeconds = Math.min(TUNING.firstDueSeconds * 2 ** (job.resends + 1), TUNING.dueBackoffCapSeconds);
  return Math.min(nowMs + backoffSeconds * 1000, job.deadlineAt);
}
