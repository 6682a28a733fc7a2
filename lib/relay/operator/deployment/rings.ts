// Key rings as an operator sees them: which masters there are, never what they are; and how one more is added.
import type { CurrentRing, KeyRingKeeper } from '../../model/ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export type RingDirection = 'inbound' | 'outbound';

export interface RingPorts {
  readonly inboundRing: KeyRingKeeper;
  readonly outboundRing: KeyRingKeeper;
}

export interface RingView {
  readonly direction: RingDirection;
  /** New secrets are derived from this one. */
  readonly current: number;
  /** Numbers alone, ascending. */
  readonly masters: readonly number[];
  /** When the current one was added, epoch milliseconds. */
  readonly currentSince?: number | undefined;
}

export async function showRing(ports: RingPorts, direction: RingDirection): Promise<Outcome<RingView>> {
  return done(view(direction, await ringOf(ports, direction).readCurrent()));
}

/** How many operators may rotate one ring at the same moment. */
const TRIES = 8;

/**
 * Adds a master, and takes none away: secrets that are derived from the others stay as they are. What is made from now on
 * is derived from it. A repeat adds another, which does no harm.
 */
export async function rotateRing(
  ports: RingPorts & { readonly randomBytes: (count: number) => Buffer },
  direction: RingDirection,
): Promise<Outcome<RingView>> {
  const ring = ringOf(ports, direction);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const isDone = await ring.append(await ring.readCurrent(), ports.randomBytes(32));
    if (isDone) return showRing(ports, direction);
  }
  return refused('changed_meanwhile', 'The ring was changed by somebody else again and again. Try again.');
}

function ringOf({ inboundRing, outboundRing }: RingPorts, direction: RingDirection): KeyRingKeeper {
  return direction === 'inbound' ? inboundRing : outboundRing;
}

function view(direction: RingDirection, { ring, since }: CurrentRing): RingView {
  const masters = [...ring.masters.keys()].toSorted((one, other) => one - other);
  return { direction, current: ring.current, masters, currentSince: since };
}
