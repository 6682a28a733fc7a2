// Which faults strike, whom, and when, as a seed has it. Pure: a seed that failed strikes the same way again.
import type { Dice } from './dice.ts';

/** So many of each. A freeze is thawed later, unless a kill is quicker. */
export interface FaultCounts {
  readonly kill_agent: number;
  readonly kill_cloud: number;
  /** Cloud and agents at once. */
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
  /** It strikes when so many jobs have ended at the consumer, */
  readonly afterJobs: number;
  /** and then so many milliseconds later. */
  readonly laterMs: number;
  readonly agent: number;
  /** Of a duplicate: which jobs' messages are sent again, as parts of all jobs so far. */
  readonly parts: readonly number[];
}

export interface PlanOptions {
  readonly jobs: number;
  readonly agents: number;
  readonly counts: FaultCounts;
}

const LATEST_MS = 250;
/** As many as one call sends. */
const DUPLICATES = 10;
/** An agent stays frozen while such a part of all jobs ends, */
const FROZEN_PART = 0.04;
/** and what would strike behind the last of them strikes before. */
const LAST_PART = 0.97;

/** In the order of their striking. The last agent is never frozen, so that somebody always works. */
export function planFaults(dice: Dice, { jobs, agents, counts }: PlanOptions): readonly Fault[] {
  const kinds = Object.entries(counts).flatMap(([kind, count]) => Array<FaultKind>(count).fill(kind as FaultKind));
  const faults = kinds.flatMap((kind) => {
    const agent = dice.below(kind === 'freeze_agent' ? agents - 1 : agents);
    const part = dice.roll() * (LAST_PART - FROZEN_PART);
    const parts = Array.from({ length: kind === 'duplicate' ? DUPLICATES : 0 }, dice.roll);
    const strike = (at: number) => ({ afterJobs: Math.floor(at * jobs), laterMs: dice.below(LATEST_MS), agent, parts });
    const fault: Fault = { kind, ...strike(part) };
    return kind === 'freeze_agent' ? [fault, { ...strike(part + FROZEN_PART), kind: 'thaw_agent' as const }] : [fault];
  });
  return faults.toSorted((one, other) => one.afterJobs - other.afterJobs);
}
