// Runs two processes in every order of their calls, and freezes a process before one of its calls.
import { setImmediate as settle } from 'node:timers/promises';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { withEveryChoice } from '../../support/faults/interleavings.ts';
import type { Action } from '../system/actions.ts';
import { portsFor, violationsOfState } from '../system/perform.ts';
import type { RelayInMemory, RelayPorts } from '../system/relay-in-memory.ts';
import type { Mutation } from './mutation.ts';
import type { Counterexample } from './search.ts';

/** The ports whose calls are steps. Calls of other ports touch no shared state. */
const STEPS: ReadonlySet<string> = new Set(['jobs', 'quota', 'queues', 'evidence', 'oneTimeValues']);

interface Gate {
  readonly ports: RelayPorts;
  /** Calls that wait for their turn. */
  readonly waiting: (() => void)[];
  isDone: boolean;
}

/** Starts the action, which stops before its first call. */
function start(relay: RelayInMemory, action: Action, mutation: Mutation | undefined): Gate {
  const waiting: (() => void)[] = [];
  const ownPorts = portsFor(relay, action, mutation);
  const ports = aroundCalls(ownPorts, async (name, call) => {
    if (STEPS.has(name.split('.')[0] ?? '')) await new Promise<void>((resolve) => waiting.push(resolve));
    return call();
  });
  const gate: Gate = { ports, waiting, isDone: false };
  const work = action.run(mutation?.wrapPorts?.(ports, action.actor) ?? ports);
  work
    .catch((error) =>
      relay.observer.violations.push({ invariant: 'no call fails without a fault', detail: String(error) }),
    )
    .finally(() => {
      gate.isDone = true;
    });
  return gate;
}

/** Resolves when each process waits for its turn or is done. A process may also compute, for example check a signature. */
async function allWaiting(gates: readonly Gate[]): Promise<void> {
  do await settle();
  while (gates.some(({ isDone, waiting }) => !isDone && waiting.length === 0));
}

const counterexampleOf = (relay: RelayInMemory, steps: readonly string[]): Counterexample | undefined => {
  const violations = [...relay.observer.violations, ...violationsOfState(relay)];
  return violations.length > 0 ? { violations, steps } : undefined;
};

function countFaults({ observer }: RelayInMemory, more: number): void {
  observer.observed = { ...observer.observed, faults: observer.observed.faults + more };
}

export interface Raced {
  readonly orders: number;
  readonly counterexample: Counterexample | undefined;
}

/** Runs two actions at once, in every order of their calls. `prepare` restores the state before each run. */
export async function race(
  relay: RelayInMemory,
  prepare: () => readonly [Action, Action],
  mutation?: Mutation,
): Promise<Raced> {
  let counterexample: Counterexample | undefined;
  const orders = await withEveryChoice(async (choose) => {
    const actions = prepare();
    const gates = actions.map((action) => start(relay, action, mutation));
    const steps = actions.map(({ name }) => name);
    for (await allWaiting(gates); gates.some(({ isDone }) => !isDone); await allWaiting(gates)) {
      const turns = gates.flatMap(({ waiting }, at) => waiting.map((_, place) => ({ at, place })));
      const turn = turns[choose(turns.length)];
      const [proceed] = turn ? (gates[turn.at]?.waiting.splice(turn.place, 1) ?? []) : [];
      steps.push(`turn of ${turn?.at}`);
      proceed?.();
    }
    counterexample ??= counterexampleOf(relay, steps);
  });
  return { orders, counterexample };
}

/** Freezes an action before its nth call while `whileFrozen` runs. `reached` is false if the action has fewer calls. */
export async function freeze(
  relay: RelayInMemory,
  frozen: Action,
  options: {
    readonly call: number;
    readonly whileFrozen: () => Promise<readonly string[]>;
    readonly mutation?: Mutation | undefined;
  },
): Promise<{ readonly reached: boolean; readonly counterexample: Counterexample | undefined }> {
  const gate = start(relay, frozen, options.mutation);
  let calls = 0;
  const advance = async (limit: number) => {
    for (await allWaiting([gate]); !gate.isDone && calls < limit; await allWaiting([gate])) {
      calls += 1;
      gate.waiting.shift()?.();
    }
  };
  await advance(options.call - 1);
  const reached = !gate.isDone;
  // The frozen process may have taken a unit without a row yet, which looks like a fault to the quota's invariant.
  countFaults(relay, 1);
  const steps = reached ? await options.whileFrozen() : [];
  await advance(Number.POSITIVE_INFINITY);
  countFaults(relay, -1);
  return {
    reached,
    counterexample: counterexampleOf(relay, [`${frozen.name}, frozen before call ${options.call}`, ...steps]),
  };
}
