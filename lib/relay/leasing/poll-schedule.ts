// When an agent should come back: at once while work flows, ever later while it does not.
import { LIMITS } from '../../api/limits.ts';

/** What the `pace` text carries between two polls. It is the agent's to echo, so it is clamped, never trusted. */
export interface Pace {
  /** When this agent last had work; epoch seconds. */
  readonly workedAt: number;
  /** When its presence was last written; epoch seconds. */
  readonly seenAt: number;
}

/** Reads an echoed pace. A text that is not ours, or that names the future, counts as an agent that just arrived. */
export function parsePace(text: string | undefined, nowSeconds: number): Pace {
  const [, workedAt, seenAt] = /^1\.([0-9]{10})\.([0-9]{10})$/.exec(text ?? '') ?? [];
  if (workedAt === undefined || seenAt === undefined) return { workedAt: nowSeconds, seenAt: 0 };
  return { workedAt: Math.min(Number(workedAt), nowSeconds), seenAt: Number(seenAt) > nowSeconds ? 0 : Number(seenAt) };
}

export function formatPace(pace: Pace): string {
  const digits = (seconds: number) => String(seconds).padStart(10, '0');
  return `1.${digits(pace.workedAt)}.${digits(pace.seenAt)}`;
}

const LONG_POLL_FOR_SECONDS = 60;

/** For who has nothing to wait for. */
export const SLOWEST_POLL_SECONDS = 60;

/** Idle seconds from which on the next poll is so many seconds away. */
const STEPS = [
  { idleSeconds: 1800, nextPollSeconds: SLOWEST_POLL_SECONDS },
  { idleSeconds: 600, nextPollSeconds: 30 },
  { idleSeconds: 180, nextPollSeconds: 15 },
  { idleSeconds: LONG_POLL_FOR_SECONDS, nextPollSeconds: 5 },
] as const;

export interface PollPlan {
  /** How long this poll may wait for a message; 0 receives at once. */
  readonly waitSeconds: number;
  /** When to come back if it finds nothing. */
  readonly nextPollSeconds: number;
}

/** A long poll only while work was there a moment ago: held open all day it would cost more than the work. Who does not wait comes back in a second. */
export function planPoll(pace: Pace, nowSeconds: number, requestedWaitSeconds: number): PollPlan {
  const idleSeconds = nowSeconds - pace.workedAt;
  const step = STEPS.find((row) => idleSeconds >= row.idleSeconds);
  if (step) return { waitSeconds: 0, nextPollSeconds: step.nextPollSeconds };
  const waitSeconds = Math.min(requestedWaitSeconds, LIMITS.pullWaitSeconds);
  return { waitSeconds, nextPollSeconds: waitSeconds > 0 ? 0 : 1 };
}
