// A verdict: what pure code answers when a sender may be at fault. Never an exception.

/** Accepted, with a value. */
export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

/**
 * Refused: `problem` is the code the sender may know, `reason` is for our own log. Up to the signature the sender is told
 * the reason too: it names headers, lengths and forms, and never a value. From there on it never leaves the log.
 */
export interface Refused<P extends string> {
  readonly ok: false;
  readonly problem: P;
  readonly reason: string;
}

export type Verdict<T, P extends string> = Accepted<T> | Refused<P>;

export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

export function refuse<P extends string>(problem: P, reason: string): Refused<P> {
  return { ok: false, problem, reason };
}
