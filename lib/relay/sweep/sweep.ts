// The sweep reads the due rows and does what each needs. Two sweeps may run at the same time.

import type { DueJob, DueWork } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import { chunksOf, orderFairly, readCandidates } from './plan-run.ts';
import { type DeliverySweepPorts, findDeliveryOwners, sweepDeliveries } from './sweep-deliveries.ts';
import { findJobOwners, type JobSweepPorts, startRun, sweepJobs } from './sweep-jobs.ts';

export interface SweepPorts extends JobSweepPorts, DeliverySweepPorts {
  readonly due: DueWork;
}

export interface SweepCounts {
  readonly jobs: number;
  readonly deliveries: number;
  /** True if the run reached a limit. The remaining rows stay due for the next run. */
  readonly hasMore: boolean;
}

/**
 * Handles the rows that are due, up to the limits of one run, and returns how many it handled. Jobs and deliveries are
 * handled side by side, and neither uses up the budget of the other. A row that fails is logged and stays due.
 *
 * @param untilMs Handles deliveries that are due up to this time, in epoch milliseconds. The default is a little ahead of now:
 * their queue delays them to their time. A job is never handled before its `dueAt`.
 * @throws DependencyUnavailable if the due rows cannot be listed.
 */
export async function sweep(
  ports: SweepPorts,
  untilMs: number = ports.clock() + TUNING.sweepLookAheadSeconds * 1000,
): Promise<SweepCounts> {
  const startedAt = ports.clock();
  const endMs = startedAt + TUNING.sweepRunSeconds * 1000;
  const run = startRun({ untilMs: Math.min(untilMs, startedAt), endMs });
  const due = await readCandidates(ports.due.findDue(untilMs), run.untilMs);
  const isOver = () => ports.clock() >= endMs;
  const [jobs, deliveries] = await Promise.all([
    handle(due.jobs, {
      budget: TUNING.sweepJobs,
      isOver,
      findOwners: (chunk) => findJobOwners(ports, chunk.map(toId)),
      act: (wave) => sweepJobs(ports, wave.map(toId), run),
    }),
    handle(due.deliveries, {
      budget: TUNING.sweepDeliveries,
      isOver,
      findOwners: (chunk) => findDeliveryOwners(ports, chunk),
      act: (wave) => sweepDeliveries(ports, wave, { untilMs, endMs }),
    }),
  ]);
  const hasMore = due.hasMore || jobs.hasMore || deliveries.hasMore;
  const counts = { jobs: jobs.handled, deliveries: deliveries.handled, hasMore };
  ports.eventLog.record({ event: 'sweep.finished', ...counts });
  return counts;
}

const toId = ({ jobId }: DueJob) => jobId;

interface Handling<T> {
  /** The most items that are handled. Items that fail do not count, so they delay no others. */
  readonly budget: number;
  readonly isOver: () => boolean;
  readonly findOwners: (chunk: readonly T[]) => Promise<readonly (string | undefined)[]>;
  /** Handles some items and returns how many of them it handled. */
  readonly act: (wave: readonly T[]) => Promise<number>;
}

/** Handles items in waves until the budget or the time is used up. Returns how many it handled, and whether any are left. */
async function handle<T>(items: readonly T[], { budget, isOver, findOwners, act }: Handling<T>) {
  const ordered = await orderFairly(items, budget, findOwners);
  let [at, handled] = [0, 0];
  while (at < ordered.length && handled < budget && !isOver()) {
    const size = Math.min(TUNING.sweepItemsAtOnce, budget - handled);
    handled += await act(ordered.slice(at, at + size));
    at += size;
  }
  return { handled, hasMore: at < ordered.length || isOver() };
}

/**
 * Treats every open job as due, and returns how many it handled. A job without a live lease is sent again. The laptop cloud
 * uses it after a queue was lost.
 */
export async function resendOpenJobs(ports: SweepPorts): Promise<number> {
  const untilMs = Number.MAX_SAFE_INTEGER;
  const run = startRun({ untilMs, endMs: untilMs, sendsAll: true });
  const items = await Array.fromAsync(ports.due.findDue(untilMs));
  const jobIds = new Set(items.flatMap((item) => (item.kind === 'job' ? [item.jobId] : [])));
  let handled = 0;
  for (const wave of chunksOf([...jobIds], TUNING.sweepItemsAtOnce)) handled += await sweepJobs(ports, wave, run);
  return handled;
}
