// Times for people and for programs.
import { describeSpan } from '../../../../lib/terminal/describe-span.ts';

/** Returns the time in RFC 3339, in UTC. Undefined stays undefined. */
export function iso<T extends number | undefined>(epochMs: T): string | T {
  return (epochMs === undefined ? undefined : new Date(epochMs).toISOString()) as string | T;
}

/** Returns the time to the minute, such as `2026-01-31 12:00Z`. */
export function showMinute(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** Returns how long ago the time is, in one unit, such as `3 hours`. */
export function showAge(epochMs: number | undefined, nowMs: number): string | undefined {
  if (epochMs === undefined) return undefined;
  const [count, unit] = describeSpan(nowMs - epochMs).split(' ');
  return `${count} ${unit}`;
}
