// Makes the planned faults happen, each when its time has come.
import { setTimeout as pause } from 'node:timers/promises';
import type { JobQueues, JobRef, Pool } from '../../lib/relay/model/ports.ts';
import type { Job } from '../../lib/relay/model/records.ts';
import { toSqsBatches } from '../../lib/relay/model/sqs-batches.ts';
import { until } from '../support/laptop/laptop.ts';
import { PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';
import type { Fault, FaultKind } from './fault-plan.ts';
import type { Run } from './run.ts';

type Stage = Pick<Run, 'cloud' | 'desks' | 'clock' | 'handed' | 'endedCount' | 'over' | 'plan' | 'stale'>;

const PATIENCE_MS = 240_000;
const WORK_WITHIN_MS = 2_000;

/** One after the other. */
export async function sabotage(stage: Stage, plan: readonly Fault[]): Promise<void> {
  for (const fault of plan) {
    const isTime = () => stage.over.signal.aborted || stage.endedCount() >= fault.afterJobs;
    await until(`${fault.afterJobs} ended jobs`, isTime, PATIENCE_MS);
    stage.over.signal.throwIfAborted();
    await pause(fault.laterMs);
    await STRIKES[fault.kind](stage, fault);
  }
}

type Strike = (stage: Stage, fault: Fault) => Promise<void>;

const STRIKES: Readonly<Record<FaultKind, Strike>> = {
  async kill_agent({ desks }, { agent }) {
    await desks[agent]?.kill();
    desks[agent]?.start();
  },
  async kill_cloud({ cloud }) {
    await cloud.kill();
    await cloud.start();
  },
  async kill_all({ cloud, desks }) {
    await Promise.all([cloud.kill(), ...desks.map((desk) => desk.kill())]);
    await cloud.start();
    for (const desk of desks) desk.start();
  },
  async freeze_agent({ desks, clock }, { agent }) {
    const desk = desks[agent];
    // At work if it comes to that: then it will have something to report when its lease is over.
    await until('the agent is at work', () => desk?.isAtWork(), WORK_WITHIN_MS).catch(() => {});
    desk?.freeze();
    clock.step(PAST_A_LEASE_MS);
  },
  async thaw_agent({ desks }, { agent }) {
    desks[agent]?.thaw();
  },
  async duplicate({ cloud, handed }, { parts }) {
    const jobs = parts.flatMap((part) => handed[Math.floor(part * handed.length)]?.jobId ?? []);
    const rows = await cloud.access().jobs.findMany([...new Set(jobs)]);
    const [first] = rows;
    if (first) await cloud.access().queues.sendMany(first, rows);
  },
  async step_clock({ clock }) {
    clock.step(PAST_A_LEASE_MS);
  },
  async plant_stale({ cloud, handed, plan, stale }) {
    const strikes = plan.filter(({ kind }) => kind === 'plant_stale').length;
    const recent = handed.slice(-READABLE).map(({ jobId }) => jobId);
    const rows = await cloud.access().jobs.findMany([...new Set(recent)]);
    const [first] = rows;
    const refs = Array.from({ length: Math.ceil(stale / strikes) }, (_, at) => staleRefOf(rows[at % rows.length]));
    if (first) await sendInTens(cloud.access().queues, first, refs.flat());
  },
};

/** As many rows as one batch reads. */
const READABLE = 100;

/** A pointer to a job that has ended, or to an earlier incarnation of an open one, which never was. */
function staleRefOf(job: Job | undefined): readonly JobRef[] {
  if (!job) return [];
  const isOpen = job.state === 'queued' || job.state === 'leased';
  return [{ jobId: job.jobId, createdAt: isOpen ? job.createdAt - 1 : job.createdAt }];
}

async function sendInTens(queues: JobQueues, pool: Pool, refs: readonly JobRef[]): Promise<void> {
  for (const batch of toSqsBatches(refs)) await queues.sendMany(pool, batch);
}
