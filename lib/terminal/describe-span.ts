// Spans of time in words.

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** Returns the span to the second, in at most two units, such as `3 hours 5 minutes`. The sign is ignored. */
export function describeSpan(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const index = UNITS.findIndex(([, unit]) => seconds >= unit);
  const [name, unit] = UNITS[index] ?? ['second', 1];
  const [smallerName, smallerUnit] = UNITS[index + 1] ?? ['second', 1];
  const rest = Math.floor((seconds % unit) / smallerUnit);
  return [count(Math.floor(seconds / unit), name), ...(rest > 0 ? [count(rest, smallerName)] : [])].join(' ');
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}
