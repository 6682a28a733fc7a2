// Start states that are too many steps away from an empty relay: leases at their last attempt, cap or deadline.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease, PullRequest } from '../../../lib/protocol/messages.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { cancel, jobIdOf, SWEEP, submit } from '../system/actions.ts';
import { perform } from '../system/perform.ts';
import { type AgentMemory, createSmallCase, ORDERS, type SmallCase, type SmallState } from '../system/small-case.ts';

export interface Script {
  readonly submit: (job: number) => Promise<void>;
  readonly cancel: (job: number) => Promise<void>;
  /** Pulls for one agent, and returns all leases that it has had, newest last. */
  readonly pull: (agent: number, input?: Partial<PullRequest>) => Promise<readonly Lease[]>;
  readonly sweep: () => Promise<void>;
  /** Puts more pointers to a job into the queue. */
  readonly plant: (job: number, count: number) => void;
  /** Submits a job of the other account, and puts a pointer to it into the queue of the agents. */
  readonly plantStrangers: () => Promise<void>;
  readonly passSeconds: (seconds: number) => void;
  readonly state: (faultBudget?: number) => SmallState;
}

/** Restores the empty relay, and returns functions that perform steps in it. */
export function createScript(small: SmallCase): Script {
  const { relay } = small;
  let memories: readonly AgentMemory[] = small.initial.memories;
  relay.restore(small.initial.snapshot);
  return {
    submit: async (job) => void (await perform(relay, submit(small.partner, ORDERS[job] ?? '', small.nextRequestId()))),
    cancel: async (job) =>
      void (await perform(relay, cancel(small.partner, small.jobIds[job] ?? '', small.nextRequestId()))),
    async pull(agent, input = { want: 10 }) {
      const working = small.pullBy(agent, input);
      const { answer } = await perform(relay, working.action);
      memories = small.remember(memories, working, answer);
      return memories[agent]?.leases ?? [];
    },
    sweep: async () => void (await perform(relay, SWEEP)),
    plant(job, count) {
      const row = relay.rows.get(small.jobIds[job] ?? '');
      for (let planted = 0; row && planted < count; planted += 1) small.plant(row);
    },
    async plantStrangers() {
      const order = 'order-of-a-stranger';
      await perform(relay, submit(small.stranger, order, small.nextRequestId()));
      const job = relay.rows.get(jobIdOf(small.stranger, order));
      if (job) small.plant(job);
    },
    passSeconds(seconds) {
      relay.time.nowMs += seconds * 1000;
    },
    state: (faultBudget = 0) => ({ snapshot: relay.save(), memories, faultBudget }),
  };
}

const LEASE_AND_MARGIN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

export const STARTS = {
  async 'an empty relay'(script) {
    script.passSeconds(0);
  },
  async 'each agent has a job'(script) {
    await script.submit(0);
    await script.pull(0);
    await script.submit(1);
    await script.pull(1);
  },
  async 'a pointer to the job of another account'(script) {
    await script.plantStrangers();
    await script.submit(0);
  },
  async 'a job behind stale pointers'(script) {
    await script.submit(1);
    script.passSeconds(1);
    await script.cancel(1);
    script.plant(1, 12);
    await script.submit(0);
  },
  async 'a lease was taken from a frozen agent'(script) {
    await script.submit(0);
    await script.pull(0);
    script.passSeconds(LEASE_AND_MARGIN);
    await script.pull(1);
  },
  async 'a lease at its last attempt'(script) {
    await script.submit(0);
    for (let attempt = 1; attempt <= LIMITS.attempts; attempt += 1) {
      if (attempt > 1) script.passSeconds(LEASE_AND_MARGIN);
      await script.pull(0);
    }
  },
  async 'a job without an agent and a leased job, shortly before the deadline'(script) {
    await script.submit(0);
    script.passSeconds(120);
    await script.sweep();
    script.passSeconds(690);
    await script.pull(0);
    await script.submit(1);
  },
} as const satisfies Record<string, (script: Script) => Promise<void>>;

export type Start = keyof typeof STARTS;

/** Leads the small case to a start and returns its state. */
export async function stateAt(small: SmallCase, start: Start, faultBudget = 0): Promise<SmallState> {
  const script = createScript(small);
  await STARTS[start](script);
  return script.state(faultBudget);
}

/** Returns a small case with a lease that was renewed up to its cap. The job's deadline is two hours, to allow that. */
export async function leaseAtItsCap(): Promise<{ readonly small: SmallCase; readonly state: SmallState }> {
  const small = createSmallCase({ jobDeadlineSeconds: 7_200 });
  const script = createScript(small);
  await script.submit(0);
  let [lease] = await script.pull(0);
  for (let leasedSeconds = 0; lease && leasedSeconds < LIMITS.renewalCapSeconds; leasedSeconds += 100) {
    script.passSeconds(100);
    await script.pull(0, { renew: [lease] });
    [lease] = (await script.pull(0, {})) ?? [];
  }
  return { small, state: script.state() };
}
