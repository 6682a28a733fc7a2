// Moments at which processes meet, and what goes on while one of them stands still.
import { type Act, cancel, leasesIn, reportOf, SWEEP } from '../system/acts.ts';
import { perform } from '../system/perform.ts';
import type { SmallCase, SmallState, Working } from '../system/small-case.ts';
import type { Mutation } from './breaking.ts';
import { follow, type Script } from './starts.ts';

/** Where two processes can be at odds: each with the acts of both. */
export const MEETINGS = {
  async 'nothing is there'(script) {
    script.pass(0);
  },
  async 'a job waits, with two messages'(script) {
    await script.submit(0);
    script.pass(120);
    await script.sweep();
  },
  async 'a lease is live, and due to be looked at'(script) {
    await script.submit(0);
    script.pass(100);
    await script.pull(0);
  },
  async 'a lease has run out'(script) {
    await script.submit(0);
    await script.pull(0);
    script.pass(130);
  },
  async 'the last lease has run out'(script) {
    await script.submit(0);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await script.pull(0);
      script.pass(130);
    }
  },
  async 'the deadline is past, and nobody had the job'(script) {
    await script.submit(0);
    script.pass(901);
  },
} as const satisfies Record<string, (script: Script) => Promise<void>>;

export type Meeting = keyof typeof MEETINGS;

export interface Met {
  readonly state: SmallState;
  readonly acts: readonly Act[];
  /** Each two that can happen at once; a pull also together with its own repeat. */
  readonly pairs: readonly (readonly [Act, Act])[];
}

export async function meet(small: SmallCase, meeting: Meeting): Promise<Met> {
  const script = follow(small);
  await MEETINGS[meeting](script);
  const { minds, ...rest } = script.state();
  // Of leases that were taken over, the newest stands for all.
  const state = { ...rest, minds: minds.map((mind) => ({ ...mind, leases: mind.leases.slice(-2) })) };
  const actsOf = () => small.happenings(state).filter((one) => one.kind === 'act');
  const [ones, others] = [actsOf(), actsOf()];
  const pairs = ones.flatMap((one, at) => others.slice(at).map((other) => [one.act, other.act] as const));
  const repeated = ones.filter(({ pulled }) => pulled).map(({ act }) => [act, act] as const);
  return { state, acts: ones.map(({ act }) => act), pairs: [...pairs, ...repeated] };
}

type Meanwhile = (small: SmallCase, state: SmallState, mutation: Mutation | undefined) => Promise<void>;

const pass = (small: SmallCase, seconds: number) => {
  small.relay.time.nowMs += seconds * 1000;
};

async function act({ relay }: SmallCase, { act }: Pick<Working, 'act'>, mutation: Mutation | undefined) {
  return (await perform(relay, act, { mutation })).answer;
}

const takeOver: Meanwhile = async (small, _state, mutation) => {
  pass(small, 130);
  const answer = await act(small, small.pulling(1, { want: 10 }), mutation);
  const reporter = small.reporters[1];
  if (answer && reporter) await act(small, small.pulling(1, reportOf(reporter, leasesIn(answer))), mutation);
};

/** While a process stands still. */
export const MEANWHILE = {
  'another agent does the job': takeOver,
  async 'another agent takes the job'(small, _state, mutation) {
    pass(small, 130);
    await act(small, small.pulling(1, { want: 10 }), mutation);
  },
  async 'the job is canceled'(small, _state, mutation) {
    const jobId = small.jobIds[0] ?? '';
    if (small.relay.rows.has(jobId)) await act(small, { act: cancel(small.partner, jobId, small.request()) }, mutation);
  },
  async 'the sweep comes'(small, _state, mutation) {
    pass(small, 120);
    await act(small, { act: SWEEP }, mutation);
  },
  async 'the deadline passes, and the sweep comes'(small, _state, mutation) {
    pass(small, 1_200);
    await act(small, { act: SWEEP }, mutation);
  },
  async 'the agent gives the job back and takes it again'(small, { minds }, mutation) {
    const release = minds[0]?.leases.slice(-1) ?? [];
    await act(small, small.pulling(0, { want: 10, release }), mutation);
  },
  async 'the agent reports'(small, { minds }, mutation) {
    const leases = minds[0]?.leases.slice(-1) ?? [];
    const reporter = small.reporters[0];
    if (reporter) await act(small, small.pulling(0, reportOf(reporter, leases, 1)), mutation);
  },
} as const satisfies Record<string, Meanwhile>;
