// The commands that fast-check draws: rounds of processes, passing time, and faults of the queue.
import * as fc from 'fast-check';
import { type Message, plant } from '../system/message-queue.ts';
import type { Input, Tenants } from '../system/tenants.ts';
import type { Mutation } from './mutation.ts';
import { type Part, runRound } from './rounds.ts';

export interface Real {
  readonly tenants: Tenants;
  readonly scheduler: fc.Scheduler;
  readonly mutation?: Mutation | undefined;
}

/** The model of fast-check is empty, because the observer checks all invariants. */
type Model = Readonly<Record<string, never>>;
export type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (real: Real) => Promise<void> | void): Command => ({
  check: () => true,
  toString: () => name,
  async run(_model, real) {
    await run(real);
    throwOnViolation(real.tenants);
  },
});

/** Throws an error that names every violated invariant, or returns if there is none. */
export function throwOnViolation({ relay }: Tenants): void {
  const { violations } = relay.observer;
  if (violations.length > 0)
    throw new Error(violations.map(({ invariant, detail }) => `${invariant}: ${detail}`).join('\n'));
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), agent, isDeclared: fc.boolean() }) },
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

const passingTime = fc
  .constantFrom(1, 30, 110, 120, 130, 150, 600, 1_790, 3_600)
  .map((seconds) => command(`${seconds} s pass`, ({ tenants }) => tenants.passSeconds(seconds)));

const MESSAGE_FAULTS: Readonly<Record<string, (message: Message) => readonly Message[]>> = {
  lost: () => [],
  doubled: (message) => [message, { ...message, visibleAt: 0, receipt: '' }],
  'shown too early': (message) => [{ ...message, visibleAt: 0 }],
  late: (message) => [{ ...message, visibleAt: message.visibleAt + 900_000 }],
};

const messageFault = fc.tuple(fc.nat(5), fc.constantFrom(...Object.keys(MESSAGE_FAULTS))).map(([index, fault]) =>
  command(`message ${index} is ${fault}`, ({ tenants: { relay } }) => {
    const change = MESSAGE_FAULTS[fault];
    const { messages } = relay.queue;
    const target = messages[index % Math.max(1, messages.length)];
    if (change)
      relay.queue.messages = messages.flatMap((message) => (message === target ? change(message) : [message]));
  }),
);

/** Puts a pointer to any job, of any account and in any state, into any queue. */
const planting = fc.tuple(fc.nat(5), fc.nat(1)).map(([job, pool]) =>
  command(`a pointer to job ${job} is put into queue ${pool}`, ({ tenants: { relay } }) => {
    const rows = [...relay.rows.values()];
    const [row, into] = [rows[job % Math.max(1, rows.length)], relay.pools[pool % relay.pools.length]];
    if (row && into) plant(relay.queue, into, row);
  }),
);

/** Rotates the order in which the queue returns messages. */
const rotation = fc.nat(5).map((turn) =>
  command(`the queue begins with message ${turn}`, ({ tenants: { relay } }) => {
    const { messages } = relay.queue;
    const from = turn % Math.max(1, messages.length);
    relay.queue.messages = [...messages.slice(from), ...messages.slice(0, from)];
  }),
);

/** Draws up to `maxCommands` commands, most of them rounds. */
export const manyCommands = (maxCommands: number) =>
  fc.commands([round, round, round, round, passingTime, messageFault, planting, rotation], {
    maxCommands,
    size: 'max',
  });

/** Runs sweeps until no job is open, and returns the ids of jobs that stay open. */
export async function runUntilEnded({ tenants, scheduler, mutation }: Real): Promise<readonly string[]> {
  const { relay } = tenants;
  const open = () => [...relay.rows.values()].filter(({ state }) => state === 'queued' || state === 'leased');
  const tools = { scheduler, mutation };
  for (let turn = 0; turn < 80 && open().length > 0; turn += 1) {
    await runRound(tenants, [{ input: { kind: 'sweep' }, process: 0 }], tools);
    tenants.passSeconds(90);
  }
  throwOnViolation(tenants);
  return open().map(({ jobId }) => jobId);
}
