// Everything that can happen, breadth first: each state once, whatever way leads there.
import { allFaults, type Fault } from '../../support/faults/fault-port.ts';
import { describeState } from '../system/canonical-state.ts';
import type { Broken } from '../system/observe.ts';
import { perform } from '../system/perform.ts';
import type { Happening, SmallCase, SmallState } from '../system/small-case.ts';
import type { Mutation } from './breaking.ts';

export interface SearchOptions {
  /** From each of these, so many steps. */
  readonly starts: readonly SmallState[];
  readonly depth: number;
  /** Asked before each state: false ends the search where it is. */
  readonly mayGoOn?: (() => boolean) | undefined;
  readonly mutation?: Mutation | undefined;
  /** Told of each new state. The relay is in it. */
  readonly visit?: ((state: SmallState) => Promise<readonly Broken[]>) | undefined;
}

export interface Searched {
  readonly states: number;
  readonly transitions: number;
  readonly breach?: Breach | undefined;
}

/** The sentences that were broken first, and the steps that broke them. */
export interface Breach {
  readonly broken: readonly Broken[];
  readonly steps: readonly string[];
}

interface Node {
  readonly state: SmallState;
  readonly depth: number;
  readonly step: string;
  readonly before?: Node | undefined;
}

export async function search(small: SmallCase, options: SearchOptions): Promise<Searched> {
  const { relay } = small;
  const seen = new Set<string>();
  const queue: Node[] = [];
  let transitions = 0;
  let found: Breach | undefined;

  const arrive = async (minds: SmallState['minds'], adversities: number, step: string, before?: Node) => {
    const name = describeState(small, { minds, adversities });
    const broken = [...relay.observer.broken];
    const node = {
      state: { moment: relay.save(), minds, adversities },
      depth: before ? before.depth + 1 : 0,
      step,
      before,
    };
    if (broken.length > 0) found ??= { broken, steps: stepsTo(node) };
    if (found || seen.has(name)) return;
    seen.add(name);
    queue.push(node);
    const missed = (await options.visit?.(node.state)) ?? [];
    if (missed.length > 0) found ??= { broken: missed, steps: stepsTo(node) };
  };

  /** Performs it from there; gives how many calls it made. */
  const take = async (node: Node, happening: Happening, fault?: Fault): Promise<number> => {
    const { minds, adversities } = node.state;
    relay.restore(node.state.moment);
    transitions += 1;
    if (happening.kind === 'shift') {
      happening.apply(relay);
      await arrive(minds, adversities - happening.costs, happening.name, node);
      return 0;
    }
    relay.time.requests += 1_000;
    const { answer, calls } = await perform(relay, happening.act, { fault, mutation: options.mutation });
    const step = fault ? `${happening.act.name}, ${fault.kind} ${fault.moment} call ${fault.call}` : happening.act.name;
    await arrive(small.remember(minds, happening, answer), adversities - (fault ? 1 : 0), step, node);
    return calls;
  };

  for (const start of options.starts) {
    relay.restore(start.moment);
    await arrive(start.minds, start.adversities, 'start');
  }
  for (const node of queue) {
    if (found || options.mayGoOn?.() === false) break;
    if (node.depth >= options.depth) continue;
    relay.restore(node.state.moment);
    for (const happening of small.happenings(node.state)) {
      if (found) break;
      const calls = await take(node, happening);
      if (node.state.adversities === 0) continue;
      for (const fault of allFaults(calls)) await take(node, happening, fault);
    }
  }
  return { states: seen.size, transitions, breach: found };
}

function stepsTo(node: Node): string[] {
  return node.before ? [...stepsTo(node.before), node.step] : [];
}
