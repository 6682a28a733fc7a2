// A request that ends well, once for each fault that can befall the process that serves it.
import { expect } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Answer, World } from '../relay/world.ts';
import { allFaults, createFaultyProcess, type Fault } from './fault-port.ts';

export interface Outcome {
  /** Undefined after a crash: nobody answered. */
  readonly answer: Answer | undefined;
  readonly calls: readonly string[];
  readonly effects: readonly string[];
}

async function askWithFault(world: World, request: IncomingRequest, fault?: Fault): Promise<Outcome> {
  const { ports, calls, effects, crashed } = createFaultyProcess({ ...world.ports }, fault);
  const answer = await Promise.race([world.askProcess(ports)(request), crashed.then(() => undefined)]);
  return { answer, calls, effects };
}

export interface Scene {
  readonly world: World;
  readonly request: IncomingRequest;
}

/** Each in a scene of its own. Gives the calls of the one without a fault. */
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

/** Whatever fails on our side, the sender is told that trying again is right. */
function expectRetryable(answer: Answer | undefined): void {
  if (answer && answer.status >= 500) expect(answer.json).toMatchObject({ status: 503, retryable: true });
}

/** How often this call had its effect. */
export const hadEffect = ({ effects }: Outcome, name: string) => effects.filter((one) => one === name).length;
