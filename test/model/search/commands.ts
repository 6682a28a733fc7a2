// What fast-check draws: rounds of processes, time that passes, and a queue that misbehaves. Each prints as what it is.
import * as fc from 'fast-check';
import { type Message, plant } from '../system/message-queue.ts';
import type { Input, Tenants } from '../system/tenants.ts';
import type { Mutation } from './breaking.ts';
import { type Part, runRound } from './rounds.ts';

export interface Real {
  readonly tenants: Tenants;
  readonly scheduler: fc.Scheduler;
  readonly mutation?: Mutation | undefined;
}

/** The observer knows everything: the model of fast-check has nothing to add. */
type Model = Readonly<Record<string, never>>;
export type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (real: Real) => Promise<void> | void): Command => ({
  check: () => true,
  toString: () => name,
  async run(_model, real) {
    await run(real);
    failIfBroken(real.tenants);
  },
});

export function failIfBroken({ relay }: Tenants): void {
  const { broken } = relay.observer;
  if (broken.length > 0) throw new Error(broken.map(({ invariant, detail }) => `${invariant}: ${detail}`).join('\n'));
}

const tenant = fc.nat(1);
const order = fc.nat(2);
const agent = fc.nat(2);
const places = fc.array(fc.nat(20), { maxLength: 2 });

const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('submit' as const), tenant, order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), tenant, order }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('pull' as const),
      agent,
      want: fc.constantFrom(0, 1, 10),
      results: places,
      renew: places,
      release: places,
      variant: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), agent, says: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'sweep' as const }) },
);

const fault = fc.record({
  call: fc.integer({ min: 1, max: 12 }),
  moment: fc.constantFrom('before' as const, 'after' as const),
  kind: fc.constantFrom('crash' as const, 'failure' as const),
});

const part: fc.Arbitrary<Part> = fc.record({
  input,
  process: fc.nat(1),
  fault: fc.option(fault, { freq: 6, nil: undefined }),
});

const round = fc
  .array(part, { minLength: 1, maxLength: 3 })
  .map((parts) => command(JSON.stringify(parts), ({ tenants, ...tools }) => runRound(tenants, parts, tools)));

const passing = fc
  .constantFrom(1, 30, 110, 120, 130, 150, 600, 1_790, 3_600)
  .map((seconds) => command(`${seconds} s pass`, ({ tenants }) => tenants.pass(seconds)));

const MOODS: Readonly<Record<string, (message: Message) => readonly Message[]>> = {
  lost: () => [],
  doubled: (message) => [message, { ...message, visibleAt: 0, receipt: '' }],
  'shown too early': (message) => [{ ...message, visibleAt: 0 }],
  late: (message) => [{ ...message, visibleAt: message.visibleAt + 900_000 }],
};

const misbehaving = fc.tuple(fc.nat(5), fc.constantFrom(...Object.keys(MOODS))).map(([index, mood]) =>
  command(`message ${index} is ${mood}`, ({ tenants: { relay } }) => {
    const change = MOODS[mood];
    const { messages } = relay.queue;
    const unlucky = messages[index % Math.max(1, messages.length)];
    if (change) relay.queue.messages = messages.flatMap((one) => (one === unlucky ? change(one) : [one]));
  }),
);

/** Somebody puts a pointer to any job, of any account and state, into any queue. */
const planting = fc.tuple(fc.nat(5), fc.nat(1)).map(([job, pool]) =>
  command(`a pointer to job ${job} is put into queue ${pool}`, ({ tenants: { relay } }) => {
    const rows = [...relay.rows.values()];
    const [row, into] = [rows[job % Math.max(1, rows.length)], relay.pools[pool % relay.pools.length]];
    if (row && into) plant(relay.queue, into, row);
  }),
);

/** Which messages the queue gives first. */
const shuffling = fc.nat(5).map((turn) =>
  command(`the queue begins with message ${turn}`, ({ tenants: { relay } }) => {
    const { messages } = relay.queue;
    const from = turn % Math.max(1, messages.length);
    relay.queue.messages = [...messages.slice(from), ...messages.slice(0, from)];
  }),
);

export const manyCommands = (maxCommands: number) =>
  fc.commands([round, round, round, round, passing, misbehaving, planting, shuffling], { maxCommands, size: 'max' });

/** Sweeps and honest agents, until nothing is open. Gives what is open still. */
export async function settleAll({ tenants, scheduler, mutation }: Real): Promise<readonly string[]> {
  const { relay } = tenants;
  const open = () => [...relay.rows.values()].filter(({ state }) => state === 'queued' || state === 'leased');
  const tools = { scheduler, mutation };
  for (let turn = 0; turn < 80 && open().length > 0; turn += 1) {
    await runRound(tenants, [{ input: { kind: 'sweep' }, process: 0 }], tools);
    tenants.pass(90);
  }
  failIfBroken(tenants);
  return open().map(({ jobId }) => jobId);
}
