// Runs a request once for every fault that the process serving it can have.
import { expect } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Answer, World } from '../relay/world.ts';
import { allFaults, createFaultyProcess, type Fault } from './fault-port.ts';

/** What came of a request in a process with a fault. */
export interface Outcome {
  /** Undefined after a crash. */
  readonly answer: Answer | undefined;
  readonly calls: readonly string[];
  readonly effects: readonly string[];
}

async function askWithFault(world: World, request: IncomingRequest, fault?: Fault): Promise<Outcome> {
  const { ports, calls, effects, crashed } = createFaultyProcess({ ...world.ports }, fault);
  const answer = await Promise.race([world.askProcess(ports)(request), crashed.then(() => undefined)]);
  return { answer, calls, effects };
}

/** A world and a request that succeeds without a fault. */
export interface Scene {
  readonly world: World;
  readonly request: IncomingRequest;
}

/** Runs the request with each fault in a new scene, and calls `examine` for each. Returns the calls without a fault. */
export async function everyFault<S extends Scene>(
  prepare: () => Promise<S>,
  examine: (scene: S, outcome: Outcome, fault: Fault) => Promise<void>,
): Promise<readonly string[]> {
  const { world, request } = await prepare();
  const { calls } = await askWithFault(world, request);
  for (const fault of allFaults(calls.length)) {
    const scene = await prepare();
    const outcome = await askWithFault(scene.world, scene.request, fault);
    expect(outcome.answer === undefined).toBe(fault.kind === 'crash');
    expectRetryable(outcome.answer);
    await examine(scene, outcome, fault);
  }
  return calls;
}

/** Expects that every failure of the relay is answered as retryable. */
function expectRetryable(answer: Answer | undefined): void {
  if (answer && answer.status >= 500) expect(answer.json).toMatchObject({ status: 503, retryable: true });
}

/** Returns how many times a call took effect. */
export const hadEffect = ({ effects }: Outcome, name: string) => effects.filter((effect) => effect === name).length;
