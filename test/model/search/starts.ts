// Moments that lie too many steps away to be found from nothing: leases at their last attempt, their cap, their deadline.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease, PullRequest } from '../../../lib/protocol/messages.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { cancel, jobIdOf, SWEEP, submit } from '../system/acts.ts';
import { perform } from '../system/perform.ts';
import { createSmallCase, type Mind, ORDERS, type SmallCase, type SmallState } from '../system/small-case.ts';

export interface Script {
  readonly submit: (job: number) => Promise<void>;
  readonly cancel: (job: number) => Promise<void>;
  /** The newest leases that the agent has, of all that it ever had. */
  readonly pull: (agent: number, input?: Partial<PullRequest>) => Promise<readonly Lease[]>;
  readonly sweep: () => Promise<void>;
  /** More pointers to a job. */
  readonly plant: (job: number, count: number) => void;
  /** A job of the other account, with a pointer to it in the queue of the agents. */
  readonly plantStrangers: () => Promise<void>;
  readonly pass: (seconds: number) => void;
  readonly state: (adversities?: number) => SmallState;
}

/** Goes on from nothing. */
export function follow(small: SmallCase): Script {
  const { relay } = small;
  let minds: readonly Mind[] = small.blank.minds;
  relay.restore(small.blank.moment);
  return {
    submit: async (job) => void (await perform(relay, submit(small.partner, ORDERS[job] ?? '', small.request()))),
    cancel: async (job) => void (await perform(relay, cancel(small.partner, small.jobIds[job] ?? '', small.request()))),
    async pull(agent, input = { want: 10 }) {
      const working = small.pulling(agent, input);
      const { answer } = await perform(relay, working.act);
      minds = small.remember(minds, working, answer);
      return minds[agent]?.leases ?? [];
    },
    sweep: async () => void (await perform(relay, SWEEP)),
    plant(job, count) {
      const row = relay.rows.get(small.jobIds[job] ?? '');
      for (let planted = 0; row && planted < count; planted += 1) small.plant(row);
    },
    async plantStrangers() {
      const order = 'order-of-a-stranger';
      await perform(relay, submit(small.stranger, order, small.request()));
      const job = relay.rows.get(jobIdOf(small.stranger, order));
      if (job) small.plant(job);
    },
    pass(seconds) {
      relay.time.nowMs += seconds * 1000;
    },
    state: (adversities = 0) => ({ moment: relay.save(), minds, adversities }),
  };
}

const LEASE_AND_MARGIN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

export const STARTS = {
  async nothing(script) {
    script.pass(0);
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
    script.pass(1);
    await script.cancel(1);
    script.plant(1, 12);
    await script.submit(0);
  },
  async 'a lease was taken from a frozen agent'(script) {
    await script.submit(0);
    await script.pull(0);
    script.pass(LEASE_AND_MARGIN);
    await script.pull(1);
  },
  async 'a lease at its last attempt'(script) {
    await script.submit(0);
    for (let attempt = 1; attempt <= LIMITS.attempts; attempt += 1) {
      if (attempt > 1) script.pass(LEASE_AND_MARGIN);
      await script.pull(0);
    }
  },
  async 'a job that nobody had and a lease, shortly before the deadline'(script) {
    await script.submit(0);
    script.pass(120);
    await script.sweep();
    script.pass(690);
    await script.pull(0);
    await script.submit(1);
  },
} as const satisfies Record<string, (script: Script) => Promise<void>>;

export type Start = keyof typeof STARTS;

export async function stateAt(small: SmallCase, start: Start, adversities = 0): Promise<SmallState> {
  const script = follow(small);
  await STARTS[start](script);
  return script.state(adversities);
}

/** With two hours for a job: long enough for a lease that is renewed as often as it may be. */
export async function leaseAtItsCap(): Promise<{ readonly small: SmallCase; readonly state: SmallState }> {
  const small = createSmallCase({ jobDeadlineSeconds: 7_200 });
  const script = follow(small);
  await script.submit(0);
  let [lease] = await script.pull(0);
  for (let kept = 0; lease && kept < LIMITS.renewalCapSeconds; kept += 100) {
    script.pass(100);
    await script.pull(0, { renew: [lease] });
    [lease] = (await script.pull(0, {})) ?? [];
  }
  return { small, state: script.state() };
}
