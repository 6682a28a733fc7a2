// One round of the larger case: some processes at once, their calls in an order that the scheduler draws, each with a fault or without.
import { setImmediate as settle } from 'node:timers/promises';
import type * as fc from 'fast-check';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { createFaultyProcess, type Fault } from '../../support/faults/fault-port.ts';
import type { Answer } from '../system/acts.ts';
import { breaksOfAnswer, breaksOfState, portsFor } from '../system/perform.ts';
import type { Input, Tenants } from '../system/tenants.ts';
import type { Mutation } from './breaking.ts';

export interface Part {
  readonly input: Input;
  /** Which of the warm processes is asked. */
  readonly process: number;
  readonly fault?: Fault | undefined;
}

interface Running {
  /** Calls that have not had their effect. */
  waiting: number;
  isDone: boolean;
  answer: Answer | undefined;
  readonly calls: readonly string[];
}

export async function runRound(
  tenants: Tenants,
  parts: readonly Part[],
  { scheduler, mutation }: { readonly scheduler: fc.Scheduler; readonly mutation?: Mutation | undefined },
): Promise<void> {
  const { relay } = tenants;
  const acts = parts.flatMap((part) => {
    const act = tenants.actOf(part.input, part.process);
    return act ? [{ act, fault: part.fault }] : [];
  });
  const running = acts.map(({ act, fault }) => {
    const faulty = createFaultyProcess(portsFor(relay, act, mutation), fault);
    const one: Running = { waiting: 0, isDone: false, answer: undefined, calls: faulty.calls };
    const ports = aroundCalls(faulty.ports, async (name, call) => {
      one.waiting += 1;
      await scheduler.schedule(Promise.resolve(), name);
      one.waiting -= 1;
      return call();
    });
    const work = act.run(mutation?.over?.(ports, act.actor) ?? ports).then((answer) => {
      one.answer = answer;
    });
    Promise.race([work, faulty.crashed])
      .catch((error) => relay.observer.broken.push({ invariant: 'nothing fails of itself', detail: String(error) }))
      .finally(() => {
        one.isDone = true;
      });
    return one;
  });
  await takeTurns(scheduler, running);
  const { observed } = relay.observer;
  const struck = running.filter(
    ({ calls }, index) => calls.length >= (acts[index]?.fault?.call ?? Number.POSITIVE_INFINITY),
  );
  relay.observer.observed = { ...observed, faults: observed.faults + struck.length };
  for (const [index, { answer }] of running.entries()) {
    const act = acts[index]?.act;
    if (answer && act?.actor.kind === 'agent') tenants.learn(answer);
    if (answer && act && acts.length === 1) relay.observer.broken.push(...breaksOfAnswer(relay, act.actor, answer));
  }
  relay.observer.broken.push(...breaksOfState(relay));
}

/** The next call is drawn only when all wait: so the same draws give the same order, however long a signature takes to check. */
async function takeTurns(scheduler: fc.Scheduler, running: readonly Running[]): Promise<void> {
  for (;;) {
    do await settle();
    while (running.some(({ isDone, waiting }) => !isDone && waiting === 0));
    if (scheduler.count() === 0) return;
    await scheduler.waitOne();
  }
}
