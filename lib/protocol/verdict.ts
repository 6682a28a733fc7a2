// Verdicts: pure code returns one, and does not throw, wherever the sender may be at fault.

/** The input was accepted, and this is its value. */
export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

/**
 * The input was refused. `problem` is the code that the sender may know; `reason` is for our own log.
 * Until the signature is checked, the sender may read the reason too: it names headers, lengths and formats, never a
 * value. After that check a reason is only logged.
 */
export interface Refused<P extends string> {
  readonly ok: false;
  readonly problem: P;
  readonly reason: string;
}

export type Verdict<T, P extends string> = Accepted<T> | Refused<P>;

/** Returns the verdict that accepts with this value. */
export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

/** Returns the verdict that refuses with this problem code. `reason` must not contain a value that the sender chose. */
export function refuse<P extends string>(problem: P, reason: string): Refused<P> {
  return { ok: false, problem, reason };
}
