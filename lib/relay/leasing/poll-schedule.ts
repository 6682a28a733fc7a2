// Decides when an agent polls next: at once while it gets work, and at longer and longer intervals while it gets none.
import { LIMITS } from '../../api/limits.ts';

/** The content of the `pace` text, which the agent returns with its next poll. Untrusted, so its values are limited. */
export interface Pace {
  /** When the agent last had work. Epoch seconds. */
  readonly workedAt: number;
  /** When the agent's presence was last written. Epoch seconds. */
  readonly seenAt: number;
}

/**
 * Parses an untrusted pace. A text of another form counts as an agent that had work just now and whose presence was never
 * written. Times in the future count as now for `workedAt`, and as never for `seenAt`.
 */
export function parsePace(text: string | undefined, nowSeconds: number): Pace {
  const [, workedAt, seenAt] = /^1\.([0-9]{10})\.([0-9]{10})$/.exec(text ?? '') ?? [];
  if (workedAt === undefined || seenAt === undefined) return { workedAt: nowSeconds, seenAt: 0 };
  return { workedAt: Math.min(Number(workedAt), nowSeconds), seenAt: Number(seenAt) > nowSeconds ? 0 : Number(seenAt) };
}

/** Formats a pace as text for the agent to return. */
export function formatPace(pace: Pace): string {
  const digits = (seconds: number) => String(seconds).padStart(10, '0');
  return `1.${digits(pace.workedAt)}.${digits(pace.seenAt)}`;
}

const LONG_POLL_IDLE_SECONDS = 60;

/** The longest poll interval. Agents that may not get jobs poll at this interval. */
export const SLOWEST_POLL_SECONDS = 60;

/** The poll interval of an agent that has been idle for at least `idleSeconds`, the longest idle time first. */
const STEPS = [
  { idleSeconds: 1800, nextPollSeconds: SLOWEST_POLL_SECONDS },
  { idleSeconds: 600, nextPollSeconds: 30 },
  { idleSeconds: 180, nextPollSeconds: 15 },
  { idleSeconds: LONG_POLL_IDLE_SECONDS, nextPollSeconds: 5 },
] as const;

/** How long this poll may wait, and when the next one follows. */
export interface PollPlan {
  /** How long this poll may wait for a message. 0 does not wait. */
  readonly waitSeconds: number;
  /** The time until the next poll, if this one finds nothing. */
  readonly nextPollSeconds: number;
}

/**
 * Returns the plan of a poll. Only an agent that had work within the last minute gets a long poll, because long polls all
 * day would cost more than the work. If such an agent asks for no wait, it polls again in a second.
 */
export function planPoll(pace: Pace, nowSeconds: number, requestedWaitSeconds: number): PollPlan {
  const idleSeconds = nowSeconds - pace.workedAt;
  const step = STEPS.find((row) => idleSeconds >= row.idleSeconds);
  if (step) return { waitSeconds: 0, nextPollSeconds: step.nextPollSeconds };
  const waitSeconds = Math.min(requestedWaitSeconds, LIMITS.pullWaitSeconds);
  return { waitSeconds, nextPollSeconds: waitSeconds > 0 ? 0 : 1 };
}
