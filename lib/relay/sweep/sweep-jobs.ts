// Handles due jobs in batches: one read for all, ten messages to a call. A job's message is sent before its `dueAt` moves.

import { refundIfUnused } from '../admission/refund-quota.ts';
import { endJob } from '../leasing/end-job.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { Clock, EventLog, JobQueues, JobStore, Pool, QuotaLedger } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';
import { TUNING } from '../model/tuning.ts';
import { alarmsOf, type DueDecision, decideDueJob, wasEmptyAfterSend } from './decide-due-job.ts';
import { chunksOf } from './plan-run.ts';
import { type EmptyQueuePorts, findSurelyEmpty } from './surely-empty.ts';
import { withFallback } from './with-fallback.ts';

export interface JobSweepPorts extends EmptyQueuePorts {
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly quota: Pick<QuotaLedger, 'refund'>;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

export interface SweepRun {
  /** Jobs with a later `dueAt` are left alone. Epoch milliseconds. */
  readonly untilMs: number;
  /** From this time nothing more is begun. What is left stays due. Epoch milliseconds. */
  readonly endMs: number;
  /** True after queues were lost: every open job without a live lease is sent. */
  readonly sendsAll?: boolean;
  /** Pools whose queue failed in this run. The run sends nothing more to them. */
  readonly failedPools: Set<string>;
  /** What is known of the queues of pools that were asked in this run. Undefined if the queue failed. */
  readonly asked: Map<string, Promise<{ readonly emptyAt: number | undefined } | undefined>>;
}

/** Returns a run that has not asked or sent anything. */
export function startRun(times: Pick<SweepRun, 'untilMs' | 'endMs' | 'sendsAll'>): SweepRun {
  return { ...times, failedPools: new Set(), asked: new Map() };
}

interface Decided<D extends DueDecision = DueDecision> {
  readonly job: Job;
  readonly decision: D;
}

/** A job that waits for an agent: it is sent, or only its `dueAt` moves. */
type Waiting = Decided<Extract<DueDecision, { kind: 'send' | 'ask' }>>;

/**
 * Does what each job needs, and returns how many jobs were changed or sent. A job that fails is logged and stays due.
 *
 * @param jobIds Each once, and those of an account oldest first.
 */
export async function sweepJobs(ports: JobSweepPorts, jobIds: readonly string[], run: SweepRun): Promise<number> {
  const jobs = await readInOrder(ports, jobIds);
  const nowMs = ports.clock();
  const decided = jobs.map((job) => ({ job, decision: decideDueJob(job, { ...run, nowMs }) }));
  const waiting = decided.filter(isWaiting);
  const others = decided.filter((due) => !isWaiting(due) && due.decision.kind !== 'leave');
  const change = async (due: Decided) =>
    ports.clock() < run.endMs && withFallback(ports, () => changeJob(ports, due, nowMs), false);
  const [moved, ...changed] = await Promise.all([
    handleWaiting(ports, waiting, run),
    // One at a time, so that a crash between the end of a job and its refund loses at most one unit.
    mapConcurrently(others.filter(getsRefund), 1, change),
    mapConcurrently(
      others.filter((due) => !getsRefund(due)),
      TUNING.sweepConcurrency,
      change,
    ),
  ]);
  return moved + changed.flat().filter((isDone) => isDone).length;
}

function isWaiting(due: Decided): due is Waiting {
  return due.decision.kind === 'send' || due.decision.kind === 'ask';
}

/** Returns the accounts of at most 100 jobs, in order. An account is undefined if its job cannot be read. */
export async function findJobOwners(ports: JobSweepPorts, jobIds: readonly string[]) {
  const jobs = await withFallback(ports, () => ports.jobs.findMany(jobIds), []);
  const owners = new Map(jobs.map(({ jobId, accountId }) => [jobId, accountId]));
  return jobIds.map((jobId) => owners.get(jobId));
}

async function readInOrder(ports: JobSweepPorts, jobIds: readonly string[]): Promise<readonly Job[]> {
  const chunks = chunksOf(jobIds, TUNING.sweepItemsPerRead);
  return (await mapConcurrently(chunks, TUNING.sweepReadsAtOnce, (chunk) => readChunk(ports, chunk))).flat();
}

/** Reads the jobs together. If that fails, it reads each job alone, so that one unreadable row does not delay the others. */
async function readChunk(ports: JobSweepPorts, jobIds: readonly string[]): Promise<readonly Job[]> {
  const found = await ports.jobs.findMany(jobIds).catch(() => undefined);
  if (!found)
    return (await mapConcurrently(jobIds, TUNING.sweepConcurrency, (jobId) => readAlone(ports, jobId))).flat();
  const byId = new Map(found.map((job) => [job.jobId, job]));
  return jobIds.flatMap((jobId) => byId.get(jobId) ?? []);
}

function readAlone(ports: JobSweepPorts, jobId: string): Promise<readonly Job[]> {
  return withFallback(ports, async () => [await ports.jobs.find(jobId)].flatMap((job) => job ?? []), []);
}

/** Handles the jobs of each pool separately, so that a slow queue delays only its own jobs. */
async function handleWaiting(ports: JobSweepPorts, waiting: readonly Waiting[], run: SweepRun): Promise<number> {
  const pools = [...Map.groupBy(waiting, ({ job }) => nameOf(job)).values()];
  return sum(await mapConcurrently(pools, TUNING.sweepConcurrency, (ofPool) => handlePool(ports, ofPool, run)));
}

const nameOf = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** Sends the jobs of one pool that need a pointer, and moves `dueAt` of the others. Returns how many it handled. */
async function handlePool(ports: JobSweepPorts, waiting: readonly Waiting[], run: SweepRun): Promise<number> {
  const known = await askWhereNeeded(ports, waiting, run);
  const needsSend = ({ job, decision }: Waiting) =>
    decision.kind === 'send' || (known?.emptyAt !== undefined && wasEmptyAfterSend(job, known.emptyAt));
  // Nothing is known of a queue that could not be asked, so its jobs stay due.
  const decided = waiting.filter(({ decision }) => decision.kind === 'send' || known);
  const moved = await moveDueTimes(
    ports,
    decided.filter((due) => !needsSend(due)),
    'wait',
  );
  return moved + (await sendInOrder(ports, decided.filter(needsSend), run));
}

/** Returns when the pool's queue had surely run empty, or undefined if its queue failed. Asks once a run, if at all. */
async function askWhereNeeded(ports: JobSweepPorts, waiting: readonly Waiting[], run: SweepRun) {
  const first = waiting.find(({ decision }) => decision.kind === 'ask')?.job;
  if (!first) return { emptyAt: undefined };
  const name = nameOf(first);
  const answer =
    run.asked.get(name) ??
    withFallback(ports, async () => ({ emptyAt: await findSurelyEmpty(ports, first, ports.clock()) }), undefined);
  run.asked.set(name, answer);
  return answer;
}

/** Sends a pool's jobs, oldest first, and stops when its queue fails or the time is over. Returns how many jobs were sent and moved. */
async function sendInOrder(ports: JobSweepPorts, jobs: readonly Waiting[], run: SweepRun): Promise<number> {
  let sent = 0;
  for (const messageBatch of toSqsBatches(jobs)) {
    const name = messageBatch[0] ? nameOf(messageBatch[0].job) : '';
    if (run.failedPools.has(name) || ports.clock() >= run.endMs) return sent;
    const enqueued = await withFallback(ports, () => send(ports, messageBatch), undefined);
    if (!enqueued) run.failedPools.add(name);
    else sent += await moveDueTimes(ports, enqueued, 'sent');
  }
  return sent;
}

/** Sends one batch and returns the jobs that the queue accepted. */
async function send({ queues }: JobSweepPorts, messageBatch: readonly Waiting[]): Promise<readonly Waiting[]> {
  const [first] = messageBatch;
  if (!first) return [];
  const rejected = await queues.sendMany(
    first.job,
    messageBatch.map(({ job }) => job),
  );
  return messageBatch.filter(({ job }) => !rejected.some(({ jobId }) => jobId === job.jobId));
}

/**
 * Moves each `dueAt`, after the message was sent if it was. A crash between the two repeats a message and loses none.
 * Returns how many were moved.
 */
async function moveDueTimes(ports: JobSweepPorts, jobs: readonly Waiting[], what: 'sent' | 'wait'): Promise<number> {
  const move = (due: Waiting) => withFallback(ports, () => moveDueTime(ports, due, what), 0);
  return sum(await mapConcurrently(jobs, TUNING.sweepConcurrency, move));
}

async function moveDueTime(ports: JobSweepPorts, { job, decision }: Waiting, what: 'sent' | 'wait'): Promise<number> {
  const alarm = { dueAt: decision.dueAt, alarms: alarmsOf(job) + 1 };
  if (what === 'wait') {
    await ports.jobs.moveDue(job, alarm);
    return 1;
  }
  const { accountId, jobId } = job;
  const resends = job.resends + 1;
  await ports.jobs.moveDue(job, { ...alarm, resends, sentAt: ports.clock() });
  ports.eventLog.record({ event: 'job.resent', accountId, jobId, resends });
  return 1;
}

/** Returns true for a job that expires without ever having been leased. Its quota unit is refunded. */
function getsRefund({ job, decision }: Decided): boolean {
  return decision.kind === 'expire' && job.fence === 0;
}

async function changeJob(ports: JobSweepPorts, { job, decision }: Decided, nowMs: number): Promise<boolean> {
  if (decision.kind === 'postpone') await ports.jobs.moveDue(job, { dueAt: decision.dueAt });
  else if (decision.kind === 'expire') await expire(ports, job, nowMs);
  else await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
  return true;
}

async function expire(ports: JobSweepPorts, job: Job, nowMs: number): Promise<void> {
  const isOurs = await endJob(ports, job, { state: 'expired', reason: 'deadline_passed', nowMs });
  if (isOurs) await refundIfUnused(ports, job, nowMs);
}
