// The sweep: whatever is due is looked at again, oldest first, and the one right thing is done. Safe to run twice at once.

import { nextAfter } from '../delivery/retry-schedule.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { DeliveryLog, DeliveryQueue, DueItem, DueWork } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import { type JobSweepPorts, type SweepRun, sweepJobs, tried } from './sweep-jobs.ts';

export interface SweepPorts extends JobSweepPorts {
  readonly due: DueWork;
  readonly log: DeliveryLog;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
}

export interface SweepCounts {
  readonly jobs: number;
  readonly deliveries: number;
  /** The run was full: what is left is still due for the next one. */
  readonly hasMore: boolean;
}

/** Handles what is due until then (epoch milliseconds; by default a little ahead of now), as much of it as one run may. */
export async function sweep(
  ports: SweepPorts,
  untilMs: number = ports.clock() + TUNING.sweepLookAheadSeconds * 1000,
): Promise<SweepCounts> {
  const counts = { jobs: 0, deliveries: 0, hasMore: false };
  const run = { untilMs, lostPools: new Set<string>() };
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

/** Sends every open job again, due or not: for when a queue is known to have been lost. Gives the count. */
export async function resendOpenJobs(ports: SweepPorts): Promise<number> {
  const run = { untilMs: Number.MAX_SAFE_INTEGER, lostPools: new Set<string>() };
  let handled = 0;
  for await (const chunk of chunksOf(ports.due.findDue(run.untilMs)))
    handled += await sweepJobs(ports, jobIdsIn(chunk), run);
  return handled;
}

/** As many at a time as one read fetches. */
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

/** Each once, though the index may name it twice while its alarm moves. */
function jobIdsIn(chunk: readonly DueItem[]): readonly string[] {
  return [...new Set(chunk.flatMap((item) => (item.kind === 'job' ? [item.jobId] : [])))];
}

/** What fails stays due for the next sweep, and nothing behind it waits. How many jobs and deliveries something was done for. */
async function sweepChunk(ports: SweepPorts, chunk: readonly DueItem[], run: SweepRun): Promise<[number, number]> {
  const deliveries = chunk.filter((item) => item.kind === 'delivery');
  const [jobs, done] = await Promise.all([
    sweepJobs(ports, jobIdsIn(chunk), run),
    mapConcurrently(deliveries, TUNING.sweepConcurrency, (item) =>
      tried(ports, () => sweepDelivery(ports, item, run.untilMs), false),
    ),
  ]);
  return [jobs, done.filter((isDone) => isDone).length];
}

/** True when it was sent. */
async function sweepDelivery(
  ports: SweepPorts,
  item: Extract<DueItem, { kind: 'delivery' }>,
  untilMs: number,
): Promise<boolean> {
  const record = await ports.log.find(item);
  if (record?.dueAt === undefined || record.dueAt > untilMs) return false;
  const { accountId, endpointId, eventId } = record;
  const delaySeconds = Math.max(0, Math.ceil((record.dueAt - ports.clock()) / 1000));
  await ports.deliveries.send(nextAfter(record), Math.min(delaySeconds, TUNING.sqsDelaySeconds));
  await ports.log.clearDue(record);
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}
