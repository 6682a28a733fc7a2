// Times for people and for programs.
import { describeSpan } from '../../terminal/layout.ts';

/** RFC 3339 UTC; undefined stays undefined. */
export function iso<T extends number | undefined>(epochMs: T): string | T {
  return (epochMs === undefined ? undefined : new Date(epochMs).toISOString()) as string | T;
}

/** To the minute: `2026-01-31 12:00Z`. */
export function showMinute(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** In one unit: `3 hours`. */
export function showAge(epochMs: number | undefined, nowMs: number): string | undefined {
  if (epochMs === undefined) return undefined;
  const [count, unit] = describeSpan(nowMs - epochMs).split(' ');
  return `${count} ${unit}`;
}
