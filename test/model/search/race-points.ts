// States from which two processes race, and the interludes that run while a process is frozen.
import { type Action, cancel, leasesIn, reportOf, SWEEP } from '../system/actions.ts';
import { perform } from '../system/perform.ts';
import type { ActionTransition, SmallCase, SmallState } from '../system/small-case.ts';
import type { Mutation } from './mutation.ts';
import { createScript, type Script } from './starts.ts';

/** Scripts that lead to states in which concurrent actions can conflict. */
export const RACE_POINTS = {
  async 'an empty relay'(script) {
    script.passSeconds(0);
  },
  async 'a queued job with two messages'(script) {
    await script.submit(0);
    script.passSeconds(120);
    await script.sweep();
  },
  async 'a live lease whose job is due'(script) {
    await script.submit(0);
    script.passSeconds(100);
    await script.pull(0);
  },
  async 'an expired lease'(script) {
    await script.submit(0);
    await script.pull(0);
    script.passSeconds(130);
  },
  async 'an expired lease of the last attempt'(script) {
    await script.submit(0);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await script.pull(0);
      script.passSeconds(130);
    }
  },
  async 'a job that was never leased, after its deadline'(script) {
    await script.submit(0);
    script.passSeconds(901);
  },
} as const satisfies Record<string, (script: Script) => Promise<void>>;

export type RacePoint = keyof typeof RACE_POINTS;

export interface PreparedRaces {
  readonly state: SmallState;
  readonly actions: readonly Action[];
  /** All pairs of actions, and each pull with a repeat of itself. */
  readonly pairs: readonly (readonly [Action, Action])[];
}

/** Leads the small case to the race point, and returns its state and the actions that can race there. */
export async function prepareRaces(small: SmallCase, racePoint: RacePoint): Promise<PreparedRaces> {
  const script = createScript(small);
  await RACE_POINTS[racePoint](script);
  const { memories, ...rest } = script.state();
  // Two leases of each agent are enough, because older leases behave like the second newest.
  const state = { ...rest, memories: memories.map((memory) => ({ ...memory, leases: memory.leases.slice(-2) })) };
  const findActions = () => small.transitionsFrom(state).filter((transition) => transition.kind === 'action');
  const [firsts, seconds] = [findActions(), findActions()];
  const pairs = firsts.flatMap((first, at) =>
    seconds.slice(at).map((second) => [first.action, second.action] as const),
  );
  const repeated = firsts.filter(({ pulled }) => pulled).map(({ action }) => [action, action] as const);
  return { state, actions: firsts.map(({ action }) => action), pairs: [...pairs, ...repeated] };
}

type Interlude = (small: SmallCase, state: SmallState, mutation: Mutation | undefined) => Promise<void>;

const passSeconds = (small: SmallCase, seconds: number) => {
  small.relay.time.nowMs += seconds * 1000;
};

async function performIn(
  { relay }: SmallCase,
  { action }: Pick<ActionTransition, 'action'>,
  mutation: Mutation | undefined,
) {
  return (await perform(relay, action, { mutation })).answer;
}

const takeOver: Interlude = async (small, _state, mutation) => {
  passSeconds(small, 130);
  const answer = await performIn(small, small.pullBy(1, { want: 10 }), mutation);
  const reporter = small.reporters[1];
  if (answer && reporter) await performIn(small, small.pullBy(1, reportOf(reporter, leasesIn(answer))), mutation);
};

/** What can happen while a process is frozen. */
export const WHILE_FROZEN = {
  'another agent completes the job': takeOver,
  async 'another agent leases the job'(small, _state, mutation) {
    passSeconds(small, 130);
    await performIn(small, small.pullBy(1, { want: 10 }), mutation);
  },
  async 'the job is canceled'(small, _state, mutation) {
    const jobId = small.jobIds[0] ?? '';
    if (small.relay.rows.has(jobId))
      await performIn(small, { action: cancel(small.partner, jobId, small.nextRequestId()) }, mutation);
  },
  async 'the sweep runs'(small, _state, mutation) {
    passSeconds(small, 120);
    await performIn(small, { action: SWEEP }, mutation);
  },
  async 'the deadline passes, and the sweep runs'(small, _state, mutation) {
    passSeconds(small, 1_200);
    await performIn(small, { action: SWEEP }, mutation);
  },
  async 'the agent releases the job and leases it again'(small, { memories }, mutation) {
    const release = memories[0]?.leases.slice(-1) ?? [];
    await performIn(small, small.pullBy(0, { want: 10, release }), mutation);
  },
  async 'the agent reports'(small, { memories }, mutation) {
    const leases = memories[0]?.leases.slice(-1) ?? [];
    const reporter = small.reporters[0];
    if (reporter) await performIn(small, small.pullBy(0, reportOf(reporter, leases, 1)), mutation);
  },
} as const satisfies Record<string, Interlude>;
