// The kinds of values that options take: their name in help, what they accept, and how they are parsed.

export interface Kind<T> {
  /** The name of the value in help, such as `FILE`. */
  readonly placeholder: string;
  /** What the option accepts, as the end of a sentence. */
  readonly takes: string;
  /** True when the placeholder says enough in help. */
  readonly isPlain?: true;
  /** A value that parses. */
  readonly example: string;
  /** Returns undefined when the text has another form. It may throw a UsageError that says more. */
  readonly parse: (text: string, nowMs: number) => T | undefined;
}

const SECONDS_OF = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Returns the seconds of a span such as `90s` or `7d`, or undefined. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
}

/** Returns the span as `parseDuration` reads it, in the largest unit that divides it. */
export function formatDuration(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => seconds % SECONDS_OF[one] === 0);
  if (seconds === 0 || !unit) return `${seconds}s`;
  return `${seconds / SECONDS_OF[unit]}${unit}`;
}

/** A time with its zone (RFC 3339). */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Returns the epoch milliseconds of an RFC 3339 time, or undefined. */
export function parseTime(text: string): number | undefined {
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

/** Returns the epoch milliseconds of a time, or of a span before now. */
function parseMoment(text: string, nowMs: number): number | undefined {
  const agoSeconds = parseDuration(text);
  return agoSeconds === undefined ? parseTime(text) : nowMs - agoSeconds * 1000;
}

export const TEXT: Kind<string> = {
  placeholder: 'TEXT',
  takes: 'a text',
  isPlain: true,
  example: 'acme',
  parse: (text) => (text === '' ? undefined : text),
};
export const ID: Kind<string> = { ...TEXT, placeholder: 'ID', takes: 'an id' };
export const NAME: Kind<string> = { ...TEXT, placeholder: 'NAME', takes: 'a name' };
export const URL_TEXT: Kind<string> = { ...TEXT, placeholder: 'URL', takes: 'a URL', example: 'https://acme.example' };
export const FILE: Kind<string> = { ...TEXT, placeholder: 'FILE', takes: 'the name of a file', example: 'acme.key' };

export const COUNT: Kind<number> = {
  placeholder: 'N',
  takes: 'a whole number',
  isPlain: true,
  example: '20',
  parse: (text) => (/^\d{1,12}$/.test(text) ? Number(text) : undefined),
};

export const DURATION: Kind<number> = {
  placeholder: 'TIME',
  takes: 'a span such as 90s, 15m, 24h or 7d',
  example: '24h',
  parse: parseDuration,
};

export const MOMENT: Kind<number> = {
  placeholder: 'WHEN',
  takes: 'how long ago (2h, 7d) or a time such as 2026-01-31T12:00:00Z',
  example: '2h',
  parse: parseMoment,
};

/** Returns a kind that accepts one word of a closed list. */
export function oneOf<const T extends string>(placeholder: string, words: readonly T[]): Kind<T> {
  return {
    placeholder,
    takes: `one of ${words.join(', ')}`,
    example: String(words[0]),
    parse: (text) => words.find((word) => word === text),
  };
}
