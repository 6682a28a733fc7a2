// Due jobs, many together: one read for all, ten messages to a call, and the alarm is moved only behind the message.

import { LIMITS } from '../../api/limits.ts';
import { giveBackIfUnused } from '../admission/give-back.ts';
import { endJob } from '../leasing/lease-jobs.ts';
import { describeFailure } from '../model/describe-failure.ts';
import { mapFewAtOnce } from '../model/few-at-once.ts';
import type { Clock, JobQueues, JobStore, Journal, QuotaLedger } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { splitByTen } from '../model/split-by-ten.ts';
import { type DueDecision, decideDueJob } from './decide-due-job.ts';

export interface JobSweepPorts {
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly quota: Pick<QuotaLedger, 'giveBack'>;
  readonly journal: Journal;
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
    mapFewAtOnce(others.filter(givesBack), 1, change),
    mapFewAtOnce(
      others.filter((one) => !givesBack(one)),
      LIMITS.sweptAtOnce,
      change,
    ),
  ]);
  return sent + changed.flat().filter((isDone) => isDone).length;
}

/** One row that cannot be read must not keep the others waiting: then each is read alone. */
async function readInOrder(ports: JobSweepPorts, jobIds: readonly string[]): Promise<readonly Job[]> {
  const found = await ports.jobs.findMany(jobIds).catch(() => undefined);
  if (!found) return (await mapFewAtOnce(jobIds, LIMITS.sweptAtOnce, (jobId) => readAlone(ports, jobId))).flat();
  const byId = new Map(found.map((job) => [job.jobId, job]));
  return jobIds.flatMap((jobId) => byId.get(jobId) ?? []);
}

function readAlone(ports: JobSweepPorts, jobId: string): Promise<readonly Job[]> {
  return tried(ports, async () => [await ports.jobs.find(jobId)].flatMap((job) => job ?? []), []);
}

/** Pool by pool, so that a slow queue delays its own jobs alone. */
async function resendAll(ports: JobSweepPorts, resends: readonly Resend[], run: SweepRun): Promise<number> {
  const pools = [...Map.groupBy(resends, ({ job }) => `${job.accountId}-${job.pool}`)];
  const sent = await mapFewAtOnce(pools, LIMITS.sweptAtOnce, ([name, own]) => resendPool(ports, { name, own, run }));
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
  for (const parcel of splitByTen(own)) {
    if (lostPools.has(name)) return sent;
    const taken = await tried(ports, () => send(ports, parcel), undefined);
    if (!taken) lostPools.add(name);
    else sent += await moveAlarms(ports, taken);
  }
  return sent;
}

/** Those that the queue took. */
async function send({ queues }: JobSweepPorts, parcel: readonly Resend[]): Promise<readonly Resend[]> {
  const [first] = parcel;
  if (!first) return [];
  const left = await queues.sendMany(
    first.job,
    parcel.map(({ job }) => job),
  );
  return parcel.filter(({ job }) => !left.some(({ jobId }) => jobId === job.jobId));
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
        ports.journal.record({ event: 'job.resent', accountId, jobId, resends });
        return 1;
      },
      0,
    ),
  );
  return (await Promise.all(moved)).reduce<number>((total, one) => total + one, 0);
}

/** One after the other: a run that dies between the end of a job and its unit keeps this one, not all that were under way. */
function givesBack({ job, decision }: Decided): boolean {
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
  if (isOurs) await giveBackIfUnused(ports, job, nowMs);
}

/** What fails is written down, and is due still. */
export async function tried<T>(
  { journal }: Pick<JobSweepPorts, 'journal'>,
  act: () => Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    journal.record({ event: 'dependency.failed', where: 'sweep', reason: describeFailure(error) });
    return otherwise;
  }
}
