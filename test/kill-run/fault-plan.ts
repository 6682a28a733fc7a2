// Plans which faults happen, to which agent and when. The plan is pure: a seed that failed gives the same plan again.
import type { SeededRandom } from './seeded-random.ts';

/** The number of faults of each kind. A frozen agent is thawed later, unless it is killed before. */
export interface FaultCounts {
  readonly kill_agent: number;
  readonly kill_cloud: number;
  /** Kills the cloud and all agents at once. */
  readonly kill_all: number;
  readonly freeze_agent: number;
  readonly duplicate: number;
  readonly step_clock: number;
  /** Pointers to jobs that have ended, or that never were, are put into the queue of the agents. */
  readonly plant_stale: number;
}

export type FaultKind = keyof FaultCounts | 'thaw_agent';

export interface Fault {
  readonly kind: FaultKind;
  /** The fault happens when the consumer has received the events of this many jobs. */
  readonly afterJobs: number;
  /** A further delay in milliseconds. */
  readonly laterMs: number;
  readonly agent: number;
  /** The jobs whose messages a duplicate sends again, as fractions of the jobs so far. */
  readonly parts: readonly number[];
}

export interface PlanOptions {
  readonly jobs: number;
  readonly agents: number;
  readonly counts: FaultCounts;
}

const LATEST_MS = 250;
/** The number of messages that one call sends. */
const DUPLICATES = 10;
/** An agent stays frozen while this fraction of all jobs ends. */
const FROZEN_PART = 0.04;
/** No fault happens after this fraction of all jobs has ended. */
const LAST_PART = 0.97;

/** Returns the faults in the order of their times. The last agent is never frozen, so that one agent always works. */
export function planFaults(random: SeededRandom, { jobs, agents, counts }: PlanOptions): readonly Fault[] {
  const kinds = Object.entries(counts).flatMap(([kind, count]) => Array<FaultKind>(count).fill(kind as FaultKind));
  const faults = kinds.flatMap((kind) => {
    const agent = random.below(kind === 'freeze_agent' ? agents - 1 : agents);
    const part = random.next() * (LAST_PART - FROZEN_PART);
    const parts = Array.from({ length: kind === 'duplicate' ? DUPLICATES : 0 }, random.next);
    const at = (time: number) => ({
      afterJobs: Math.floor(time * jobs),
      laterMs: random.below(LATEST_MS),
      agent,
      parts,
    });
    const fault: Fault = { kind, ...at(part) };
    return kind === 'freeze_agent' ? [fault, { ...at(part + FROZEN_PART), kind: 'thaw_agent' as const }] : [fault];
  });
  return faults.toSorted((a, b) => a.afterJobs - b.afterJobs);
}
