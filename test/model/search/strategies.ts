// The strategies with which the model looks for violations, in the relay as it is and in its mutations.
import * as fc from 'fast-check';
import { createSmallCase, type SmallCase } from '../system/small-case.ts';
import { createTenants } from '../system/tenants.ts';
import { manyCommands, runUntilEnded } from './commands.ts';
import type { Mutation } from './mutation.ts';
import { prepareRaces, RACE_POINTS, type RacePoint, WHILE_FROZEN } from './race-points.ts';
import { freeze, race } from './races.ts';
import { runToEnd } from './run-to-end.ts';
import { type Counterexample, search } from './search.ts';
import { leaseAtItsCap, STARTS, type Start, stateAt } from './starts.ts';

export interface Outcome {
  /** The number of transitions, orders or runs, which depends on the strategy. */
  readonly tried: number;
  readonly counterexample?: Counterexample | undefined;
}

const START_NAMES = Object.keys(STARTS) as Start[];
const RACE_POINT_NAMES = Object.keys(RACE_POINTS) as RacePoint[];

/** Searches step by step, first to depth 1 and then to depth 2, from the start that the mutation names or from all. */
export async function searchSteps(mutation: Mutation): Promise<Outcome> {
  let tried = 0;
  const small = createSmallCase();
  const cap = await leaseAtItsCap();
  for (const depth of [1, 2]) {
    const starts = await Promise.all(
      (mutation.from ? [mutation.from] : START_NAMES).map((start) => stateAt(createSmallCase(), start, 1)),
    );
    for (const [smallCase, from] of [[cap.small, [cap.state]] as const, [small, starts] as const]) {
      const { transitions, counterexample } = await search(smallCase, { starts: from, depth, mutation });
      tried += transitions;
      if (counterexample) return { tried, counterexample };
    }
  }
  return { tried };
}

/** Runs each pair of actions of the race point at the same time, in every order of their calls. */
export async function searchRaces(small: SmallCase, racePoint: RacePoint, mutation?: Mutation): Promise<Outcome> {
  const { relay } = small;
  const { state, pairs } = await prepareRaces(small, racePoint);
  let tried = 0;
  for (const pair of pairs) {
    const prepare = () => {
      relay.restore(state.snapshot);
      return pair;
    };
    const { orders, counterexample } = await race(relay, prepare, mutation);
    tried += orders;
    if (counterexample) return { tried, counterexample };
  }
  return { tried };
}

/** Freezes each action before each of its calls, and runs each interlude while it is frozen. */
export async function searchFreezes(small: SmallCase, racePoint: RacePoint, mutation?: Mutation): Promise<Outcome> {
  const { relay } = small;
  const { state, actions } = await prepareRaces(small, racePoint);
  let tried = 0;
  for (const [name, interlude] of Object.entries(WHILE_FROZEN))
    for (const action of actions)
      for (let call = 1, isReached = true; isReached; call += 1) {
        relay.restore(state.snapshot);
        relay.time.requests += 1_000;
        const whileFrozen = async () => {
          await interlude(small, state, mutation);
          return [name];
        };
        const { reached, counterexample } = await freeze(relay, action, { call, whileFrozen, mutation });
        isReached = reached;
        tried += 1;
        if (counterexample) return { tried, counterexample };
      }
  return { tried };
}

/** Runs every state near the start to its end, once with an agent that works and once without. */
export async function searchEnds(start: Start, depth: number, mutation?: Mutation): Promise<Outcome> {
  const small = createSmallCase();
  const seen = new Set<string>();
  let tried = 0;
  const state = await stateAt(small, start, 1);
  const { counterexample } = await search(small, {
    starts: [state],
    depth,
    mutation,
    async visit({ snapshot }) {
      const name = JSON.stringify([snapshot.nowMs, snapshot.rows, snapshot.messages]);
      if (seen.has(name)) return [];
      seen.add(name);
      for (const worker of [undefined, 1]) {
        small.relay.restore(snapshot);
        tried += 1;
        const violations = await runToEnd(small, worker, mutation);
        if (violations.length > 0) return [...violations];
      }
      return [];
    },
  });
  return { tried, counterexample };
}

/** Returns the property that random runs of two tenants violate no invariant. A failure prints its seed and path. */
export function tenantsProperty(mutation?: Mutation, maxCommands = 30) {
  return fc.asyncProperty(fc.scheduler(), manyCommands(maxCommands), async (scheduler, commands) => {
    const real = { tenants: await createTenants(), scheduler, mutation };
    await fc.asyncModelRun(() => ({ model: {}, real }), commands);
    const open = await runUntilEnded(real);
    if (open.length > 0) throw new Error(`an accepted job ends: ${open} did not`);
  });
}

/** Searches with the strategy of the mutation until it finds a counterexample, or has tried everything. */
export async function findCounterexample(mutation: Mutation): Promise<Outcome> {
  if (mutation.strategy === 'steps') return searchSteps(mutation);
  const small = createSmallCase();
  const places = {
    race: RACE_POINT_NAMES.map((racePoint) => () => searchRaces(small, racePoint, mutation)),
    freeze: RACE_POINT_NAMES.map((racePoint) => () => searchFreezes(small, racePoint, mutation)),
    end: START_NAMES.map((start) => () => searchEnds(start, 1, mutation)),
    tenants: [() => searchTenants(mutation)],
  }[mutation.strategy];
  let found: Outcome = { tried: 0 };
  for (const place of places) if (!found.counterexample) found = await place();
  return found;
}

async function searchTenants(mutation: Mutation): Promise<Outcome> {
  const details = await fc.check(tenantsProperty(mutation), { numRuns: 200, seed: 7, endOnFailure: true });
  const message = details.errorInstance instanceof Error ? details.errorInstance.message : '';
  const violations = message.split('\n').map((line) => ({ invariant: line.split(':')[0] ?? '', detail: line }));
  return {
    tried: details.numRuns,
    ...(details.failed && { counterexample: { violations, steps: [String(details.counterexample?.[1])] } }),
  };
}
