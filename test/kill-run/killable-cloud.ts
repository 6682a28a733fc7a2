// A laptop cloud that can be killed and restarted, with the log of all its processes and an operator's access to it.
import { type OperatorAccess, openOperatorAccess } from '../../lib/aws/deployment/operator-access.ts';
import type { Laptop } from '../support/laptop/laptop.ts';

export interface KillableCloud {
  laptop(): Laptop;
  access(): OperatorAccess;
  readonly isUp: boolean;
  readonly kills: number;
  kill(): Promise<void>;
  /** Restarts the cloud after a kill. */
  start(): Promise<void>;
  /** Returns every event that its functions logged since the first start, oldest first. */
  events(): readonly Readonly<Record<string, unknown>>[];
}

/** Wraps a running laptop cloud. `restart` starts it again with the same options. */
export function createKillableCloud(laptop: Laptop, restart: () => Promise<Laptop>): KillableCloud {
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
      current = await restart();
      access = accessTo(current);
      isUp = true;
    },
    // Each start empties the log.
    events: () => [...past, ...current.events()],
  };
}

/** Opens an operator's access to a running laptop cloud. */
export function accessTo({ state }: Laptop): OperatorAccess {
  if (!state.operator) throw new Error('local.json does not say how operators reach the laptop.');
  return openOperatorAccess(state.operator.deployment, state.operator.services);
}
