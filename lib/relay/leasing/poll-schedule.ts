// Decides when an agent polls next: at once while it gets work, and at longer and longer intervals while it gets none.
/** The content of the `pace` text, which the agent returns with its next poll. Untrusted, so its values are limited. */
export interface Pace {
  /** When the agent last had work. Epoch seconds. */
  readonly workedAt: number;
  /** When the agent's presence was last written. Epoch seconds. */
  readonly seenAt: number;
  /** A digest of what the agent said of itself then. Empty: it said nothing. */
  readonly said: string;
}

const PACE = /^1\.([0-9]{10})\.([0-9]{10})(?:\.([0-9a-f]{8}))?$/;

/**
 * Parses an untrusted pace. A text of another form counts as an agent that had work just now and whose presence was never
 * written. Times in the future count as now for `workedAt`, and as never for `seenAt`.
 */
export function parsePace(text: string | undefined, nowSeconds: number): Pace {
  const [, workedAt, seenAt, said = ''] = PACE.exec(text ?? '') ?? [];
  if (workedAt === undefined || seenAt === undefined) return { workedAt: nowSeconds, seenAt: 0, said: '' };
  const isPast = Number(seenAt) <= nowSeconds;
  return { workedAt: Math.min(Number(workedAt), nowSeconds), seenAt: isPast ? Number(seenAt) : 0, said };
}

/** Formats a pace as text for the agent to return. */
export function formatPace(pace: Pace): string {
  const digits = (seconds: number) => String(seconds).padStart(10, '0');
  return `1.${digits(pace.workedAt)}.${digits(pace.seenAt)}${pace.said && `.${pace.said}`}`;
}

/** The longest poll interval. Agents that may not get jobs poll at this interval. */
export const SLOWEST_POLL_SECONDS = 60;

/** The poll interval of an agent that has been idle for at least `idleSeconds`, the longest idle time first. */
const STEPS = [
  { idleSeconds: 1800, nextPollSeconds: SLOWEST_POLL_SECONDS },
  { idleSeconds: 600, nextPollSeconds: 30 },
  { idleSeconds: 180, nextPollSeconds: 15 },
  { idleSeconds: 60, nextPollSeconds: 5 },
  { idleSeconds: 10, nextPollSeconds: 2 },
] as const;

/**
 * Returns the seconds until the next poll of an agent whose poll found nothing. The function itself never waits for work:
 * a caller could hold concurrency that all accounts share.
 */
export function decideNextPoll({ workedAt }: Pick<Pace, 'workedAt'>, nowSeconds: number): number {
  const step = STEPS.find(({ idleSeconds }) => nowSeconds - workedAt >= idleSeconds);
  return step?.nextPollSeconds ?? 1;
}
