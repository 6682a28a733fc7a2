// Two processes at once: every order of their calls, and one that stands still before each of its calls while others go on.
import { setImmediate as settle } from 'node:timers/promises';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { withEveryChoice } from '../../support/faults/interleavings.ts';
import type { Act } from '../system/acts.ts';
import { breaksOfState, portsFor } from '../system/perform.ts';
import type { RelayInMemory, RelayPorts } from '../system/relay-in-memory.ts';
import type { Mutation } from './breaking.ts';
import type { Breach } from './search.ts';

/** Each of their calls is one step. The rest is read by nobody else, or waits for nothing. */
const STEPS: ReadonlySet<string> = new Set(['jobs', 'quota', 'queues', 'evidence', 'oneTimeValues']);

interface Gate {
  readonly ports: RelayPorts;
  /** Calls that have not had their effect. */
  readonly waiting: (() => void)[];
  isDone: boolean;
}

/** Starts the act; its first call waits. */
function start(relay: RelayInMemory, act: Act, mutation: Mutation | undefined): Gate {
  const waiting: (() => void)[] = [];
  const own = portsFor(relay, act, mutation);
  const ports = aroundCalls(own, async (name, call) => {
    if (STEPS.has(name.split('.')[0] ?? '')) await new Promise<void>((resolve) => waiting.push(resolve));
    return call();
  });
  const gate: Gate = { ports, waiting, isDone: false };
  const work = act.run(mutation?.over?.(ports, act.actor) ?? ports);
  work
    .catch((error) => relay.observer.broken.push({ invariant: 'nothing fails of itself', detail: String(error) }))
    .finally(() => {
      gate.isDone = true;
    });
  return gate;
}

/** Until each waits for its turn or is done: also those that compute elsewhere, as a signature is checked. */
async function quiet(gates: readonly Gate[]): Promise<void> {
  do await settle();
  while (gates.some(({ isDone, waiting }) => !isDone && waiting.length === 0));
}

const breachOf = (relay: RelayInMemory, steps: readonly string[]): Breach | undefined => {
  const broken = [...relay.observer.broken, ...breaksOfState(relay)];
  return broken.length > 0 ? { broken, steps } : undefined;
};

function countFaults({ observer }: RelayInMemory, more: number): void {
  observer.observed = { ...observer.observed, faults: observer.observed.faults + more };
}

export interface Raced {
  readonly orders: number;
  readonly breach: Breach | undefined;
}

/** Both at once, in every order of their calls, each time from the moment that `prepare` makes. */
export async function race(
  relay: RelayInMemory,
  prepare: () => readonly [Act, Act],
  mutation?: Mutation,
): Promise<Raced> {
  let breach: Breach | undefined;
  const orders = await withEveryChoice(async (choose) => {
    const acts = prepare();
    const gates = acts.map((act) => start(relay, act, mutation));
    const steps = acts.map(({ name }) => name);
    for (await quiet(gates); gates.some(({ isDone }) => !isDone); await quiet(gates)) {
      const turns = gates.flatMap(({ waiting }, at) => waiting.map((_, place) => ({ at, place })));
      const turn = turns[choose(turns.length)];
      const [go] = turn ? (gates[turn.at]?.waiting.splice(turn.place, 1) ?? []) : [];
      steps.push(`turn of ${turn?.at}`);
      go?.();
    }
    breach ??= breachOf(relay, steps);
  });
  return { orders, breach };
}

/** It stands still before its nth call for as long as the others take. False when it has no such call. */
export async function freeze(
  relay: RelayInMemory,
  frozen: Act,
  options: {
    readonly call: number;
    readonly meanwhile: () => Promise<readonly string[]>;
    readonly mutation?: Mutation | undefined;
  },
): Promise<{ readonly reached: boolean; readonly breach: Breach | undefined }> {
  const gate = start(relay, frozen, options.mutation);
  let calls = 0;
  const goOn = async (limit: number) => {
    for (await quiet([gate]); !gate.isDone && calls < limit; await quiet([gate])) {
      calls += 1;
      gate.waiting.shift()?.();
    }
  };
  await goOn(options.call - 1);
  const reached = !gate.isDone;
  // A unit may be on its way: to others it looks as if the process had died.
  countFaults(relay, 1);
  const steps = reached ? await options.meanwhile() : [];
  await goOn(Number.POSITIVE_INFINITY);
  countFaults(relay, -1);
  return { reached, breach: breachOf(relay, [`${frozen.name}, frozen before call ${options.call}`, ...steps]) };
}
