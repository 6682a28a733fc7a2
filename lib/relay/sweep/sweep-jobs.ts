// Due jobs, many together: one read for all, ten messages to a call, and the alarm is moved only behind the message.

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
  /** Those whose queue did not answer as it should: nobody asks it again in this run. */
  readonly lostPools: Set<string>;
}

interface Decided<D extends DueDecision = DueDecision> {
  readonly job: Job;
  readonly decision: D;
}

type Resend = Decided<Extract<DueDecision, { kind: 'resend' }>>;

/** At most 100, each named once, oldest first. For how many something was done. */
export async function sweepJobs(ports: JobSweepPorts, jobIds: readonly string[], run: SweepRun): Promise<number> {
  const jobs = await readInOrder(ports, jobIds);
  const nowMs = ports.clock();
  const decided = jobs.map((job) => ({ job, decision: decideDueJob(job, nowMs, run.untilMs) }));
  const resends = decided.filter((one): one is Resend => one.decision.kind === 'resend');
  const others = decided.filter(({ decision }) => decision.kind !== 'resend' && decision.kind !== 'leave');
  const change = (one: Decided) => tried(ports, () => changeOne(ports, one, nowMs), false);
  const [sent, ...changed] = await Promise.all([
    resendAll(ports, resends, run),
    mapConcurrently(others.filter(refunds), 1, change),
    mapConcurrently(
      others.filter((one) => !refunds(one)),
      TUNING.sweepConcurrency,
      change,
    ),
  ]);
  return sent + changed.flat().filter((isDone) => isDone).length;
}

/** One row that cannot be read must not keep the others waiting: then each is read alone. */
async function readInOrder(ports: JobSweepPorts, jobIds: readonly string[]): Promise<readonly Job[]> {
  const found = await ports.jobs.findMany(jobIds).catch(() => undefined);
  if (!found)
    return (await mapConcurrently(jobIds, TUNING.sweepConcurrency, (jobId) => readAlone(ports, jobId))).flat();
  const byId = new Map(found.map((job) => [job.jobId, job]));
  return jobIds.flatMap((jobId) => byId.get(jobId) ?? []);
}

function readAlone(ports: JobSweepPorts, jobId: string): Promise<readonly Job[]> {
  return tried(ports, async () => [await ports.jobs.find(jobId)].flatMap((job) => job ?? []), []);
}

/** Pool by pool, so that a slow queue delays its own jobs alone. */
async function resendAll(ports: JobSweepPorts, resends: readonly Resend[], run: SweepRun): Promise<number> {
  const pools = [...Map.groupBy(resends, ({ job }) => `${job.accountId}-${job.pool}`)];
  const sent = await mapConcurrently(pools, TUNING.sweepConcurrency, ([name, own]) =>
    resendPool(ports, { name, own, run }),
  );
  return sent.reduce((total, one) => total + one, 0);
}

interface DuePool {
  readonly name: string;
  readonly own: readonly Resend[];
  readonly run: SweepRun;
}

/** In order of age. */
async function resendPool(ports: JobSweepPorts, { name, own, run: { lostPools } }: DuePool): Promise<number> {
  let sent = 0;
  for (const messageBatch of toSqsBatches(own)) {
    if (lostPools.has(name)) return sent;
    const taken = await tried(ports, () => send(ports, messageBatch), undefined);
    if (!taken) lostPools.add(name);
    else sent += await moveAlarms(ports, taken);
  }
  return sent;
}

/** Those that the queue took. */
async function send({ queues }: JobSweepPorts, messageBatch: readonly Resend[]): Promise<readonly Resend[]> {
  const [first] = messageBatch;
  if (!first) return [];
  const left = await queues.sendMany(
    first.job,
    messageBatch.map(({ job }) => job),
  );
  return messageBatch.filter(({ job }) => !left.some(({ jobId }) => jobId === job.jobId));
}

/** Behind the messages: a crash between the two repeats messages and loses none. */
async function moveAlarms(ports: JobSweepPorts, sent: readonly Resend[]): Promise<number> {
  const moved = sent.map(({ job, decision }) =>
    tried(
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
  return (await Promise.all(moved)).reduce<number>((total, one) => total + one, 0);
}

/** One after the other: a run that dies between the end of a job and its unit keeps this one, not all that were under way. */
function refunds({ job, decision }: Decided): boolean {
  return decision.kind === 'expire' && job.fence === 0;
}

async function changeOne(ports: JobSweepPorts, { job, decision }: Decided, nowMs: number): Promise<boolean> {
  if (decision.kind === 'postpone') await ports.jobs.moveDue(job, decision.dueAt, job.resends);
  else if (decision.kind === 'expire') await expire(ports, job, nowMs);
  else await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
  return true;
}

async function expire(ports: JobSweepPorts, job: Job, nowMs: number): Promise<void> {
  const isOurs = await endJob(ports, job, { state: 'expired', reason: 'deadline_passed', nowMs });
  if (isOurs) await refundIfUnused(ports, job, nowMs);
}

/** What fails is written down, and is due still. */
export async function tried<T>(
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

/** What a due job needs. The index may be behind, so the row itself is asked again whether it is due. */
export function decideDueJob(job: Job, nowMs: number, untilMs: number): DueDecision {
  if (job.dueAt === undefined || job.dueAt > untilMs) return { kind: 'leave' };
  const liveUntil = job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs ? job.leaseUntil : undefined;
  if (liveUntil !== undefined) return postpone(job, liveUntil + TUNING.dueAfterLeaseSeconds * 1000);
  if (nowMs >= job.deadlineAt) return { kind: 'expire' };
  if (job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'resend', dueAt: nextDueAt(job, nowMs) };
}

/** The look-ahead may come upon an alarm that stands where it should. */
function postpone(job: Job, dueAt: number): DueDecision {
  return job.dueAt === dueAt ? { kind: 'leave' } : { kind: 'postpone', dueAt };
}

/** Doubling from two minutes to an hour, but never past the deadline. */
function nextDueAt(job: Job, nowMs: number): number {
  const backoffSeconds = Math.min(TUNING.firstDueSeconds * 2 ** (job.resends + 1), TUNING.dueBackoffCapSeconds);
  return Math.min(nowMs + backoffSeconds * 1000, job.deadlineAt);
}
