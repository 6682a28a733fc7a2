// The sweep: whatever is due is looked at again, and the one right thing is done. Safe to run twice at once.
import { describeFailure } from './describe-failure.ts';
import { giveBackIfUnused } from './give-back.ts';
import { endJob } from './lease-jobs.ts';
import { LIMITS } from './limits.ts';
import { nextAfter } from './next-attempt.ts';
import type {
  Clock,
  DeliveryLog,
  DeliveryQueue,
  DueItem,
  DueWork,
  JobQueues,
  JobStore,
  Journal,
  QuotaLedger,
} from './ports.ts';
import type { Job } from './records.ts';

export interface SweepPorts {
  readonly due: DueWork;
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly log: DeliveryLog;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
  readonly quota: Pick<QuotaLedger, 'giveBack'>;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Handles everything that is due until then (epoch milliseconds; by default a little ahead of now). */
export async function sweep(
  ports: SweepPorts,
  untilMs: number = ports.clock() + LIMITS.sweepLookAheadSeconds * 1000,
): Promise<{ jobs: number; deliveries: number }> {
  const counts = { jobs: 0, deliveries: 0 };
  for await (const item of ports.due.findDue(untilMs)) {
    counts[item.kind === 'job' ? 'jobs' : 'deliveries'] += await sweepItem(ports, item, untilMs);
  }
  ports.journal.record({ event: 'sweep.finished', ...counts });
  return counts;
}

/** 1 when something was done. What fails stays due for the next sweep, and nothing behind it waits: a queue may be gone. */
async function sweepItem(ports: SweepPorts, item: DueItem, untilMs: number): Promise<number> {
  try {
    return item.kind === 'job' ? await sweepJob(ports, item.jobId, untilMs) : await sweepDelivery(ports, item, untilMs);
  } catch (error) {
    ports.journal.record({ event: 'dependency.failed', where: 'sweep', reason: describeFailure(error) });
    return 0;
  }
}

/** Sends every open job again, due or not: for when a queue is known to have been lost. Gives the count. */
export async function resendOpenJobs(ports: SweepPorts): Promise<number> {
  const everything = Number.MAX_SAFE_INTEGER;
  let handled = 0;
  for await (const item of ports.due.findDue(everything)) {
    if (item.kind === 'job') handled += await sweepItem(ports, item, everything);
  }
  return handled;
}

export type DueDecision =
  | { readonly kind: 'leave' | 'expire' | 'fail' }
  | { readonly kind: 'postpone'; readonly dueAt: number }
  | { readonly kind: 'resend'; readonly dueAt: number };

/** What a due job needs. The index may be behind, so the row itself is asked again whether it is due. */
export function decideDueJob(job: Job, nowMs: number, untilMs: number): DueDecision {
  if (job.dueAt === undefined || job.dueAt > untilMs) return { kind: 'leave' };
  const liveUntil = job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs ? job.leaseUntil : undefined;
  if (liveUntil !== undefined) return { kind: 'postpone', dueAt: liveUntil + LIMITS.dueAfterLeaseSeconds * 1000 };
  if (nowMs >= job.deadlineAt) return { kind: 'expire' };
  if (job.attempts >= LIMITS.attempts) return { kind: 'fail' };
  return { kind: 'resend', dueAt: nextDueAt(job, nowMs) };
}

/** Doubling from two minutes to an hour, but never past the deadline. */
function nextDueAt(job: Job, nowMs: number): number {
  const backoffSeconds = Math.min(LIMITS.firstDueSeconds * 2 ** (job.resends + 1), LIMITS.dueBackoffCapSeconds);
  return Math.min(nowMs + backoffSeconds * 1000, job.deadlineAt);
}

/** 1 when something was done. */
async function sweepJob(ports: SweepPorts, jobId: string, untilMs: number): Promise<number> {
  const job = await ports.jobs.find(jobId);
  const nowMs = ports.clock();
  const decision = job ? decideDueJob(job, nowMs, untilMs) : undefined;
  if (!job || !decision || decision.kind === 'leave') return 0;
  if (decision.kind === 'postpone') await ports.jobs.moveDue(job, decision.dueAt, job.resends);
  else if (decision.kind === 'resend') await resend(ports, job, decision.dueAt);
  else if (decision.kind === 'expire') await expire(ports, job, nowMs);
  else await endJob(ports, job, { state: 'failed', reason: 'attempts_exhausted', nowMs });
  return 1;
}

async function expire(ports: SweepPorts, job: Job, nowMs: number): Promise<void> {
  const isOurs = await endJob(ports, job, { state: 'expired', reason: 'deadline_passed', nowMs });
  if (isOurs) await giveBackIfUnused(ports, job, nowMs);
}

/** Sends before it moves the alarm: a crash between the two repeats a message and loses none. */
async function resend(ports: SweepPorts, job: Job, dueAt: number): Promise<void> {
  await ports.queues.send(job, job);
  await ports.jobs.moveDue(job, dueAt, job.resends + 1);
  const { accountId, jobId, resends } = job;
  ports.journal.record({ event: 'job.resent', accountId, jobId, resends: resends + 1 });
}

async function sweepDelivery(
  ports: SweepPorts,
  item: Extract<DueItem, { kind: 'delivery' }>,
  untilMs: number,
): Promise<number> {
  const record = await ports.log.find(item);
  if (record?.dueAt === undefined || record.dueAt > untilMs) return 0;
  const { accountId, endpointId, eventId } = record;
  const delaySeconds = Math.max(0, Math.ceil((record.dueAt - ports.clock()) / 1000));
  await ports.deliveries.send(nextAfter(record), Math.min(delaySeconds, LIMITS.sqsDelaySeconds));
  await ports.log.clearDue(record);
  ports.journal.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return 1;
}
