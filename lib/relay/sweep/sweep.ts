// The sweep reads every due row, oldest first, and does what the row needs. Two sweeps may run at the same time.

import { nextAttemptOf } from '../delivery/retry-schedule.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { DeliveryLog, DeliveryQueue, DueItem, DueWork } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import { type JobSweepPorts, type SweepRun, sweepJobs, withFallback } from './sweep-jobs.ts';

export interface SweepPorts extends JobSweepPorts {
  readonly due: DueWork;
  readonly log: DeliveryLog;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
}

export interface SweepCounts {
  readonly jobs: number;
  readonly deliveries: number;
  /** True if the run reached its limit. The remaining rows stay due for the next run. */
  readonly hasMore: boolean;
}

/**
 * Handles the rows that are due, up to the limits of one run, and returns how many it handled. A row that fails is logged
 * and stays due.
 *
 * @param untilMs Handles rows that are due up to this time, in epoch milliseconds. The default is a little ahead of now.
 * @throws DependencyUnavailable if the due rows cannot be listed.
 */
export async function sweep(
  ports: SweepPorts,
  untilMs: number = ports.clock() + TUNING.sweepLookAheadSeconds * 1000,
): Promise<SweepCounts> {
  const counts = { jobs: 0, deliveries: 0, hasMore: false };
  const run = { untilMs, failedPools: new Set<string>() };
  const endMs = ports.clock() + TUNING.sweepRunSeconds * 1000;
  for await (const chunk of chunksOf(ports.due.findDue(untilMs))) {
    counts.hasMore = counts.jobs + counts.deliveries >= TUNING.sweepItems || ports.clock() >= endMs;
    if (counts.hasMore) break;
    const [jobs, deliveries] = await sweepChunk(ports, chunk, run);
    counts.jobs += jobs;
    counts.deliveries += deliveries;
  }
  ports.eventLog.record({ event: 'sweep.finished', ...counts });
  return counts;
}

/**
 * Treats every open job as due, and returns how many it handled. A job without a live lease is sent again. The laptop cloud
 * uses it after a queue was lost.
 */
export async function resendOpenJobs(ports: SweepPorts): Promise<number> {
  const run = { untilMs: Number.MAX_SAFE_INTEGER, failedPools: new Set<string>() };
  let handled = 0;
  for await (const chunk of chunksOf(ports.due.findDue(run.untilMs)))
    handled += await sweepJobs(ports, jobIdsIn(chunk), run);
  return handled;
}

/** Groups the items into chunks that one batch read can fetch. */
async function* chunksOf(items: AsyncIterable<DueItem>): AsyncIterable<readonly DueItem[]> {
  let chunk: DueItem[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < TUNING.sweepItemsPerRead) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Returns each job id once. The index can name a job twice while its `dueAt` moves. */
function jobIdsIn(chunk: readonly DueItem[]): readonly string[] {
  return [...new Set(chunk.flatMap((item) => (item.kind === 'job' ? [item.jobId] : [])))];
}

/** Handles the jobs and deliveries of a chunk, and returns how many of each it handled. A failed item stays due. */
async function sweepChunk(ports: SweepPorts, chunk: readonly DueItem[], run: SweepRun): Promise<[number, number]> {
  const deliveries = chunk.filter((item) => item.kind === 'delivery');
  const [jobs, done] = await Promise.all([
    sweepJobs(ports, jobIdsIn(chunk), run),
    mapConcurrently(deliveries, TUNING.sweepConcurrency, (item) =>
      withFallback(ports, () => sweepDelivery(ports, item, run.untilMs), false),
    ),
  ]);
  return [jobs, done.filter((isDone) => isDone).length];
}

/** Sends the next attempt of a due delivery, and returns whether it did. The message is sent before `dueAt` is cleared. */
async function sweepDelivery(
  ports: SweepPorts,
  item: Extract<DueItem, { kind: 'delivery' }>,
  untilMs: number,
): Promise<boolean> {
  const record = await ports.log.find(item);
  if (record?.dueAt === undefined || record.dueAt > untilMs) return false;
  const { accountId, endpointId, eventId } = record;
  const delaySeconds = Math.max(0, Math.ceil((record.dueAt - ports.clock()) / 1000));
  await ports.deliveries.send(nextAttemptOf(record), Math.min(delaySeconds, TUNING.sqsDelaySeconds));
  await ports.log.clearDue(record);
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}
