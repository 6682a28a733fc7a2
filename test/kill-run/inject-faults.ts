// Injects the planned faults, each at its time.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/laptop/laptop.ts';
import { PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';
import type { Fault, FaultKind } from './fault-plan.ts';
import type { Run } from './run.ts';

type FaultTarget = Pick<Run, 'cloud' | 'desktops' | 'clock' | 'submitted' | 'endedCount' | 'finished'>;

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
};
