// Timestamps in signed messages: strict text, two units, one tolerance.
import { accept, refuse, type Verdict } from '../verdict.ts';

export interface SigningClock {
  readonly unit: 's' | 'ms';
  /** A signature exactly this old, or this far ahead, is still taken. */
  readonly toleranceMs: number;
}

const UNITS = {
  s: { pattern: /^[1-9][0-9]{9}$/, milliseconds: 1_000 },
  ms: { pattern: /^[1-9][0-9]{12}$/, milliseconds: 1 },
} as const;

export const FIVE_MINUTES_MS = 300_000;

/** Epoch milliseconds of a timestamp text: plain digits of the unit's one length, nothing else. */
export function parseTimestamp(clock: SigningClock, text: string): Verdict<number, 'request_malformed'> {
  const unit = UNITS[clock.unit];
  if (!unit.pattern.test(text))
    return refuse('request_malformed', `timestamp is not in ${clock.unit}: ${text.length} characters`);
  return accept(Number(text) * unit.milliseconds);
}

/** @throws Error for a time that no verifier would take: one before 2001-09-09, after 2286-11-20, or none. */
export function formatTimestamp(clock: SigningClock, epochMs: number): string {
  const unit = UNITS[clock.unit];
  const text = String(Math.floor(epochMs / unit.milliseconds));
  if (!unit.pattern.test(text)) throw new Error(`${epochMs} is no time in epoch milliseconds.`);
  return text;
}

export function isFresh(clock: SigningClock, timestampMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - timestampMs) <= clock.toleranceMs;
}
