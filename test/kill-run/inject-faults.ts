// Injects the planned faults, each at its time.
import { setTimeout as pause } from 'node:timers/promises';
import type { JobQueues, JobRef, Pool } from '../../lib/relay/model/ports.ts';
import type { Job } from '../../lib/relay/model/records.ts';
import { toSqsBatches } from '../../lib/relay/model/sqs-batches.ts';
import { until } from '../support/laptop/laptop.ts';
import { PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';
import type { Fault, FaultKind } from './fault-plan.ts';
import type { Run } from './run.ts';

type FaultTarget = Pick<
  Run,
  'cloud' | 'desktops' | 'clock' | 'submitted' | 'endedCount' | 'finished' | 'plan' | 'stale'
>;

const TIMEOUT_MS = 240_000;
const AT_WORK_TIMEOUT_MS = 2_000;

/** Injects the faults of a plan one after another. Stops with an error if the run is aborted. */
export async function injectFaults(target: FaultTarget, plan: readonly Fault[]): Promise<void> {
  for (const fault of plan) {
    const isTime = () => target.finished.signal.aborted || target.endedCount() >= fault.afterJobs;
    await until(`${fault.afterJobs} ended jobs`, isTime, TIMEOUT_MS);
    target.finished.signal.throwIfAborted();
    await pause(fault.laterMs);
    await INJECTORS[fault.kind](target, fault);
  }
}

type Injector = (target: FaultTarget, fault: Fault) => Promise<void>;

const INJECTORS: Readonly<Record<FaultKind, Injector>> = {
  async kill_agent({ desktops }, { agent }) {
    await desktops[agent]?.kill();
    desktops[agent]?.start();
  },
  async kill_cloud({ cloud }) {
    await cloud.kill();
    await cloud.start();
  },
  async kill_all({ cloud, desktops }) {
    await Promise.all([cloud.kill(), ...desktops.map((desktop) => desktop.kill())]);
    await cloud.start();
    for (const desktop of desktops) desktop.start();
  },
  async freeze_agent({ desktops, clock }, { agent }) {
    const desktop = desktops[agent];
    // If the agent gets work in time, it is frozen with a lease and reports late after the thaw.
    await until('the agent is at work', () => desktop?.isAtWork(), AT_WORK_TIMEOUT_MS).catch(() => {});
    desktop?.freeze();
    clock.step(PAST_A_LEASE_MS);
  },
  async thaw_agent({ desktops }, { agent }) {
    desktops[agent]?.thaw();
  },
  async duplicate({ cloud, submitted }, { parts }) {
    const jobs = parts.flatMap((part) => submitted[Math.floor(part * submitted.length)]?.jobId ?? []);
    const rows = await cloud.access().jobs.findMany([...new Set(jobs)]);
    const [first] = rows;
    if (first) await cloud.access().queues.sendMany(first, rows);
  },
  async step_clock({ clock }) {
    clock.step(PAST_A_LEASE_MS);
  },
  async plant_stale({ cloud, submitted, plan, stale }) {
    const times = plan.filter(({ kind }) => kind === 'plant_stale').length;
    const recent = submitted.slice(-READABLE).map(({ jobId }) => jobId);
    const rows = await cloud.access().jobs.findMany([...new Set(recent)]);
    const [first] = rows;
    const refs = Array.from({ length: Math.ceil(stale / times) }, (_, at) => staleRefOf(rows[at % rows.length]));
    if (first) await sendInTens(cloud.access().queues, first, refs.flat());
  },
};

/** The number of rows that one batch reads. */
const READABLE = 100;

/** Returns a pointer to a job that has ended, or to an earlier incarnation of an open job, which never existed. */
function staleRefOf(job: Job | undefined): readonly JobRef[] {
  if (!job) return [];
  const isOpen = job.state === 'queued' || job.state === 'leased';
  return [{ jobId: job.jobId, createdAt: isOpen ? job.createdAt - 1 : job.createdAt }];
}

async function sendInTens(queues: JobQueues, pool: Pool, refs: readonly JobRef[]): Promise<void> {
  for (const batch of toSqsBatches(refs)) await queues.sendMany(pool, batch);
}
