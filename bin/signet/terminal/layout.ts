// Text that fits the terminal, and nothing in it that could steer the terminal.

/** Lines of more are hard to read. */
const WIDEST = 100;
const NARROWEST = 40;

/** How wide to write. Where there is no terminal, or one that does not say, eighty. */
export function chooseColumns(terminalColumns: number | undefined): number {
  return Math.max(NARROWEST, Math.min(WIDEST, terminalColumns || 80));
}

/** At spaces, with that indentation before each line. A word that is longer stands alone. */
export function wrap(text: string, columns: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

const ESCAPED = /\\x[0-9a-f]{2}|\\.|[^\\]/g;

/** Escaped bytes in pieces that fit, broken after each `\n` and never inside an escape. Joined they are the text again. */
export function breakEscaped(escaped: string, width: number): string[] {
  const pieces: string[] = [''];
  for (const token of escaped.match(ESCAPED) ?? []) {
    const last = pieces.at(-1) ?? '';
    if (last.length + token.length > width || last.endsWith('\\n')) pieces.push(token);
    else pieces[pieces.length - 1] = last + token;
  }
  return pieces;
}

/** Untrusted text with its control characters shown, but for line breaks and tabs. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** To the second, in at most two units: `3 hours 5 minutes`. */
export function describeSpan(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const index = UNITS.findIndex(([, unit]) => seconds >= unit);
  const [name, unit] = UNITS[index] ?? ['second', 1];
  const [lesserName, lesser] = UNITS[index + 1] ?? ['second', 1];
  const rest = Math.floor((seconds % unit) / lesser);
  return [count(Math.floor(seconds / unit), name), ...(rest > 0 ? [count(rest, lesserName)] : [])].join(' ');
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}
