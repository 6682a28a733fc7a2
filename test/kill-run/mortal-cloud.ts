// The laptop cloud through all of its lives: what it logged in each of them, and the operator's way into the one that runs.
import { type OperatorAccess, openOperatorAccess } from '../../lib/aws/deployment/operator-access.ts';
import type { Laptop } from '../support/laptop/laptop.ts';

export interface MortalCloud {
  laptop(): Laptop;
  access(): OperatorAccess;
  readonly isUp: boolean;
  readonly kills: number;
  kill(): Promise<void>;
  /** After a kill. */
  start(): Promise<void>;
  /** Every event that its functions logged, oldest first. */
  events(): readonly Readonly<Record<string, unknown>>[];
}

/** `startAgain` starts it as `laptop` was started. */
export function createMortalCloud(laptop: Laptop, startAgain: () => Promise<Laptop>): MortalCloud {
  const past: Record<string, unknown>[] = [];
  let [current, access, isUp, kills] = [laptop, accessTo(laptop), true, 0];
  return {
    laptop: () => current,
    access: () => access,
    get isUp() {
      return isUp;
    },
    get kills() {
      return kills;
    },
    async kill() {
      isUp = false;
      kills += 1;
      await current.kill();
      past.push(...current.events());
    },
    async start() {
      current = await startAgain();
      access = accessTo(current);
      isUp = true;
    },
    // A start empties the log.
    events: () => [...past, ...current.events()],
  };
}

/** As an operator reaches it in this life. */
export function accessTo({ state }: Laptop): OperatorAccess {
  if (!state.operator) throw new Error('local.json does not say how operators reach the laptop.');
  return openOperatorAccess(state.operator.deployment, state.operator.services);
}
