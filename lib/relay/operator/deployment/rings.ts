// Operators' commands on key rings: show the numbers of the masters, and add a master. A master itself is never shown.
import type { CurrentRing, KeyRingKeeper } from '../../model/ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export type RingDirection = 'inbound' | 'outbound';

export interface RingPorts {
  readonly inboundRing: KeyRingKeeper;
  readonly outboundRing: KeyRingKeeper;
}

export interface RingView {
  readonly direction: RingDirection;
  /** The number of the master that new secrets are derived from. */
  readonly current: number;
  /** The numbers of all masters, ascending. */
  readonly masters: readonly number[];
  /** When the current master was added, in epoch milliseconds. */
  readonly currentSince?: number | undefined;
}

/** Returns the numbers of the ring's masters. */
export async function showRing(ports: RingPorts, direction: RingDirection): Promise<Outcome<RingView>> {
  return done(view(direction, await ringOf(ports, direction).readCurrent()));
}

/** How often another operator may change the ring between our read and our write. */
const MAX_TRIES = 8;

/**
 * Adds a master to the ring and returns the ring. New secrets are derived from the new master. Old masters stay, so
 * existing secrets do not change. A repeat adds another master, which does no harm.
 */
export async function rotateRing(
  ports: RingPorts & { readonly randomBytes: (count: number) => Buffer },
  direction: RingDirection,
): Promise<Outcome<RingView>> {
  const ring = ringOf(ports, direction);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const isDone = await ring.append(await ring.readCurrent(), ports.randomBytes(32));
    if (isDone) return showRing(ports, direction);
  }
  return refused('changed_meanwhile', `Other commands changed the ring ${MAX_TRIES} times during this one. Try again.`);
}

function ringOf({ inboundRing, outboundRing }: RingPorts, direction: RingDirection): KeyRingKeeper {
  return direction === 'inbound' ? inboundRing : outboundRing;
}

function view(direction: RingDirection, { ring, since }: CurrentRing): RingView {
  const masters = [...ring.masters.keys()].toSorted((a, b) => a - b);
  return { direction, current: ring.current, masters, currentSince: since };
}
