// The ways in which the model is run: over the relay as it is, and over each of its guards broken.
import * as fc from 'fast-check';
import { createSmallCase, type SmallCase } from '../system/small-case.ts';
import { createTenants } from '../system/tenants.ts';
import type { Mutation } from './breaking.ts';
import { manyCommands, settleAll } from './commands.ts';
import { drain } from './drain.ts';
import { MEANWHILE, MEETINGS, type Meeting, meet } from './meetings.ts';
import { freeze, race } from './races.ts';
import { type Breach, search } from './search.ts';
import { leaseAtItsCap, STARTS, type Start, stateAt } from './starts.ts';

export interface Hunted {
  /** Transitions, orders or runs. */
  readonly tried: number;
  readonly breach?: Breach | undefined;
}

const START_NAMES = Object.keys(STARTS) as Start[];
const MEETING_NAMES = Object.keys(MEETINGS) as Meeting[];

/** From all starts together, or the one that is named, a step deeper each time: what is near is found quickly. */
export async function huntSteps(mutation: Mutation): Promise<Hunted> {
  let tried = 0;
  const small = createSmallCase();
  const cap = await leaseAtItsCap();
  for (const depth of [1, 2]) {
    const starts = await Promise.all(
      (mutation.from ? [mutation.from] : START_NAMES).map((start) => stateAt(createSmallCase(), start, 1)),
    );
    for (const [where, from] of [[cap.small, [cap.state]] as const, [small, starts] as const]) {
      const { transitions, breach } = await search(where, { starts: from, depth, mutation });
      tried += transitions;
      if (breach) return { tried, breach };
    }
  }
  return { tried };
}

/** Every two processes at once, in every order of their calls, wherever they meet. */
export async function huntRaces(small: SmallCase, meeting: Meeting, mutation?: Mutation): Promise<Hunted> {
  const { relay } = small;
  const { state, pairs } = await meet(small, meeting);
  let tried = 0;
  for (const pair of pairs) {
    const prepare = () => {
      relay.restore(state.moment);
      return pair;
    };
    const { orders, breach } = await race(relay, prepare, mutation);
    tried += orders;
    if (breach) return { tried, breach };
  }
  return { tried };
}

/** Every process, frozen before every call of it, and everything that can go on meanwhile. */
export async function huntFreezes(small: SmallCase, meeting: Meeting, mutation?: Mutation): Promise<Hunted> {
  const { relay } = small;
  const { state, acts } = await meet(small, meeting);
  let tried = 0;
  for (const [name, goOn] of Object.entries(MEANWHILE))
    for (const act of acts)
      for (let call = 1, isReached = true; isReached; call += 1) {
        relay.restore(state.moment);
        relay.time.requests += 1_000;
        const meanwhile = async () => {
          await goOn(small, state, mutation);
          return [name];
        };
        const { reached, breach } = await freeze(relay, act, { call, meanwhile, mutation });
        isReached = reached;
        tried += 1;
        if (breach) return { tried, breach };
      }
  return { tried };
}

/** Each state that is near a start, and from there the end: with an agent that works, and with none. */
export async function huntEnds(start: Start, depth: number, mutation?: Mutation): Promise<Hunted> {
  const small = createSmallCase();
  const seen = new Set<string>();
  let tried = 0;
  const state = await stateAt(small, start, 1);
  const { breach } = await search(small, {
    starts: [state],
    depth,
    mutation,
    async visit({ moment }) {
      const name = JSON.stringify([moment.nowMs, moment.rows, moment.messages]);
      if (seen.has(name)) return [];
      seen.add(name);
      for (const worker of [undefined, 1]) {
        small.relay.restore(moment);
        tried += 1;
        const broken = await drain(small, worker, mutation);
        if (broken.length > 0) return [...broken];
      }
      return [];
    },
  });
  return { tried, breach };
}

/** Two tenants, many processes, drawn at random. A failure prints its seed and path. */
export function tenantsProperty(mutation?: Mutation, maxCommands = 30) {
  return fc.asyncProperty(fc.scheduler(), manyCommands(maxCommands), async (scheduler, commands) => {
    const real = { tenants: await createTenants(), scheduler, mutation };
    await fc.asyncModelRun(() => ({ model: {}, real }), commands);
    const open = await settleAll(real);
    if (open.length > 0) throw new Error(`an accepted job ends: ${open} did not`);
  });
}

/** Wherever this kind of hunt goes, until it has found something. */
export async function hunt(mutation: Mutation): Promise<Hunted> {
  if (mutation.hunt === 'steps') return huntSteps(mutation);
  const small = createSmallCase();
  const places = {
    race: MEETING_NAMES.map((meeting) => () => huntRaces(small, meeting, mutation)),
    freeze: MEETING_NAMES.map((meeting) => () => huntFreezes(small, meeting, mutation)),
    end: START_NAMES.map((start) => () => huntEnds(start, 1, mutation)),
    tenants: [() => huntTenants(mutation)],
  }[mutation.hunt];
  let found: Hunted = { tried: 0 };
  for (const place of places) if (!found.breach) found = await place();
  return found;
}

async function huntTenants(mutation: Mutation): Promise<Hunted> {
  const details = await fc.check(tenantsProperty(mutation), { numRuns: 200, seed: 7, endOnFailure: true });
  const message = details.errorInstance instanceof Error ? details.errorInstance.message : '';
  const broken = message.split('\n').map((line) => ({ invariant: line.split(':')[0] ?? '', detail: line }));
  return {
    tried: details.numRuns,
    ...(details.failed && { breach: { broken, steps: [String(details.counterexample?.[1])] } }),
  };
}
