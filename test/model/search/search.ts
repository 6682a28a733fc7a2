// A breadth-first search of all states that the small model can reach. Each state is visited once.
import { allFaults, type Fault } from '../../support/faults/fault-port.ts';
import { describeState } from '../system/canonical-state.ts';
import type { Violation } from '../system/observer.ts';
import { perform } from '../system/perform.ts';
import type { SmallCase, SmallState, Transition } from '../system/small-case.ts';
import type { Mutation } from './mutation.ts';

export interface SearchOptions {
  /** The states that the search starts from. */
  readonly starts: readonly SmallState[];
  readonly depth: number;
  /** Called before each state. The search ends when it returns false. */
  readonly mayContinue?: (() => boolean) | undefined;
  readonly mutation?: Mutation | undefined;
  /** Called for each new state, while the relay is in that state. Returns the violations that it finds. */
  readonly visit?: ((state: SmallState) => Promise<readonly Violation[]>) | undefined;
}

export interface Searched {
  readonly states: number;
  readonly transitions: number;
  readonly counterexample?: Counterexample | undefined;
}

/** The violations that were found first, and the steps that led to them. */
export interface Counterexample {
  readonly violations: readonly Violation[];
  readonly steps: readonly string[];
}

interface Node {
  readonly state: SmallState;
  readonly depth: number;
  readonly step: string;
  readonly before?: Node | undefined;
}

/** Searches all states up to a depth, and stops at the first violation. */
export async function search(small: SmallCase, options: SearchOptions): Promise<Searched> {
  const { relay } = small;
  const seen = new Set<string>();
  const queue: Node[] = [];
  let transitions = 0;
  let found: Counterexample | undefined;

  const arrive = async (memories: SmallState['memories'], faultBudget: number, step: string, before?: Node) => {
    const name = describeState(small, { memories, faultBudget });
    const violations = [...relay.observer.violations];
    const node = {
      state: { snapshot: relay.save(), memories, faultBudget },
      depth: before ? before.depth + 1 : 0,
      step,
      before,
    };
    if (violations.length > 0) found ??= { violations, steps: stepsTo(node) };
    if (found || seen.has(name)) return;
    seen.add(name);
    queue.push(node);
    const missed = (await options.visit?.(node.state)) ?? [];
    if (missed.length > 0) found ??= { violations: missed, steps: stepsTo(node) };
  };

  /** Performs a transition from the node's state, and returns the number of its calls. */
  const take = async (node: Node, transition: Transition, fault?: Fault): Promise<number> => {
    const { memories, faultBudget } = node.state;
    relay.restore(node.state.snapshot);
    transitions += 1;
    if (transition.kind === 'environment') {
      transition.apply(relay);
      await arrive(memories, faultBudget - transition.costs, transition.name, node);
      return 0;
    }
    relay.time.requests += 1_000;
    const { answer, calls } = await perform(relay, transition.action, { fault, mutation: options.mutation });
    const step = fault
      ? `${transition.action.name}, ${fault.kind} ${fault.moment} call ${fault.call}`
      : transition.action.name;
    await arrive(small.remember(memories, transition, answer), faultBudget - (fault ? 1 : 0), step, node);
    return calls;
  };

  for (const start of options.starts) {
    relay.restore(start.snapshot);
    await arrive(start.memories, start.faultBudget, 'start');
  }
  for (const node of queue) {
    if (found || options.mayContinue?.() === false) break;
    if (node.depth >= options.depth) continue;
    relay.restore(node.state.snapshot);
    for (const transition of small.transitionsFrom(node.state)) {
      if (found) break;
      const calls = await take(node, transition);
      if (node.state.faultBudget === 0) continue;
      for (const fault of allFaults(calls)) await take(node, transition, fault);
    }
  }
  return { states: seen.size, transitions, counterexample: found };
}

function stepsTo(node: Node): string[] {
  return node.before ? [...stepsTo(node.before), node.step] : [];
}
