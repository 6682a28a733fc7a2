// One round of the larger model: several processes at once, with or without faults, and with calls in a random order.
import { setImmediate as settle } from 'node:timers/promises';
import type * as fc from 'fast-check';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { createFaultyProcess, type Fault } from '../../support/faults/fault-port.ts';
import type { Answer } from '../system/actions.ts';
import { portsFor, violationsOfAnswer, violationsOfState } from '../system/perform.ts';
import type { Input, Tenants } from '../system/tenants.ts';
import type { Mutation } from './mutation.ts';

export interface Part {
  readonly input: Input;
  /** The index of the warm process that gets the request. */
  readonly process: number;
  readonly fault?: Fault | undefined;
}

interface Running {
  /** The number of calls that wait for their turn. */
  waiting: number;
  isDone: boolean;
  answer: Answer | undefined;
  readonly calls: readonly string[];
}

/** Runs the parts of a round at the same time, and records the violated invariants in the observer. */
export async function runRound(
  tenants: Tenants,
  parts: readonly Part[],
  { scheduler, mutation }: { readonly scheduler: fc.Scheduler; readonly mutation?: Mutation | undefined },
): Promise<void> {
  const { relay } = tenants;
  const actions = parts.flatMap((part) => {
    const action = tenants.actionOf(part.input, part.process);
    return action ? [{ action, fault: part.fault }] : [];
  });
  const running = actions.map(({ action, fault }) => {
    const faulty = createFaultyProcess(portsFor(relay, action, mutation), fault);
    const state: Running = { waiting: 0, isDone: false, answer: undefined, calls: faulty.calls };
    const ports = aroundCalls(faulty.ports, async (name, call) => {
      state.waiting += 1;
      await scheduler.schedule(Promise.resolve(), name);
      state.waiting -= 1;
      return call();
    });
    const work = action.run(mutation?.wrapPorts?.(ports, action.actor) ?? ports).then((answer) => {
      state.answer = answer;
    });
    Promise.race([work, faulty.crashed])
      .catch((error) =>
        relay.observer.violations.push({ invariant: 'no call fails without a fault', detail: String(error) }),
      )
      .finally(() => {
        state.isDone = true;
      });
    return state;
  });
  await takeTurns(scheduler, running);
  const { observed } = relay.observer;
  const faulted = running.filter(
    ({ calls }, index) => calls.length >= (actions[index]?.fault?.call ?? Number.POSITIVE_INFINITY),
  );
  relay.observer.observed = { ...observed, faults: observed.faults + faulted.length };
  for (const [index, { answer }] of running.entries()) {
    const action = actions[index]?.action;
    if (answer && action?.actor.kind === 'agent') tenants.learn(answer);
    if (answer && action && actions.length === 1)
      relay.observer.violations.push(...violationsOfAnswer(relay, action.actor, answer));
  }
  relay.observer.violations.push(...violationsOfState(relay));
}

/** Draws the next call only when all processes wait, so that the same draws always give the same order. */
async function takeTurns(scheduler: fc.Scheduler, running: readonly Running[]): Promise<void> {
  for (;;) {
    do await settle();
    while (running.some(({ isDone, waiting }) => !isDone && waiting === 0));
    if (scheduler.count() === 0) return;
    await scheduler.waitOne();
  }
}
