// What the words behind options and in the place of arguments are read as.
import { RFC_3339 } from '../terminal/command-line.ts';

export interface Kind<T> {
  /** Stands for the value in help. */
  readonly placeholder: string;
  /** What it takes, in the user's words. */
  readonly takes: string;
  /** Undefined when the text is not of the form. Whether the relay can use the value is the relay's to say. */
  readonly parse: (text: string, nowMs: number) => T | undefined;
}

const SECONDS_OF = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** To seconds. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
}

/** As `parseDuration` reads it, in the largest unit that says it whole. */
export function formatDuration(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => seconds % SECONDS_OF[one] === 0);
  if (seconds === 0 || !unit) return `${seconds}s`;
  return `${seconds / SECONDS_OF[unit]}${unit}`;
}

/** To epoch milliseconds: a time, or how long ago it was. */
function parseMoment(text: string, nowMs: number): number | undefined {
  const agoSeconds = parseDuration(text);
  if (agoSeconds !== undefined) return nowMs - agoSeconds * 1000;
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

export const TEXT: Kind<string> = {
  placeholder: 'TEXT',
  takes: 'a text',
  parse: (text) => (text === '' ? undefined : text),
};
export const ID: Kind<string> = { ...TEXT, placeholder: 'ID', takes: 'an id' };
export const NAME: Kind<string> = { ...TEXT, placeholder: 'NAME', takes: 'a name' };
export const URL_TEXT: Kind<string> = { ...TEXT, placeholder: 'URL', takes: 'a URL' };
export const FILE: Kind<string> = { ...TEXT, placeholder: 'FILE', takes: 'the name of a file' };

export const COUNT: Kind<number> = {
  placeholder: 'N',
  takes: 'a whole number',
  parse: (text) => (/^\d{1,12}$/.test(text) ? Number(text) : undefined),
};

export const DURATION: Kind<number> = {
  placeholder: 'TIME',
  takes: 'a span such as 90s, 15m, 24h or 7d',
  parse: parseDuration,
};

export const MOMENT: Kind<number> = {
  placeholder: 'WHEN',
  takes: 'how long ago (2h, 7d) or a time such as 2026-01-31T12:00:00Z',
  parse: parseMoment,
};

/** One word of a closed list. */
export function oneOf<const T extends string>(placeholder: string, words: readonly T[]): Kind<T> {
  return { placeholder, takes: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}
