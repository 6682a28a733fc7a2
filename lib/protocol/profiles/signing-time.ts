// Timestamps in signed messages: their strict text, their unit and their tolerance.
import { accept, refuse, type Verdict } from '../verdict.ts';

/** How a profile writes and judges the time of signing. */
export interface SigningClock {
  readonly unit: 's' | 'ms';
  /** A signature that is exactly this old, or this far in the future, is still accepted. */
  readonly toleranceMs: number;
}

const UNITS = {
  s: { pattern: /^[1-9][0-9]{9}$/, milliseconds: 1_000 },
  ms: { pattern: /^[1-9][0-9]{12}$/, milliseconds: 1 },
} as const;

export const FIVE_MINUTES_MS = 300_000;

/** Reads an untrusted timestamp text into epoch milliseconds. The text must be exactly 10 digits (s) or 13 digits (ms). */
export function parseTimestamp(clock: SigningClock, text: string): Verdict<number, 'request_malformed'> {
  const unit = UNITS[clock.unit];
  if (!unit.pattern.test(text))
    return refuse('request_malformed', `timestamp is not in ${clock.unit}: it has ${text.length} characters`);
  return accept(Number(text) * unit.milliseconds);
}

/**
 * Returns the timestamp text of a time, rounded down to the clock's unit.
 * @throws Error for a time that no verifier accepts: before 2001-09-09, after 2286-11-20, or not a number.
 */
export function formatTimestamp(clock: SigningClock, epochMs: number): string {
  const unit = UNITS[clock.unit];
  const text = String(Math.floor(epochMs / unit.milliseconds));
  if (!unit.pattern.test(text)) throw new Error(`${epochMs} is not a time in epoch milliseconds.`);
  return text;
}

/** Returns true when the two times differ by at most the clock's tolerance. */
export function isFresh(clock: SigningClock, timestampMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - timestampMs) <= clock.toleranceMs;
}
