// Text that fits the terminal, and untrusted text that cannot control the terminal.

/** Longer lines are hard to read. */
const MAX_COLUMNS = 100;
const MIN_COLUMNS = 40;
/** The width when there is no terminal, or when the terminal does not report one. */
const DEFAULT_COLUMNS = 80;

/** Returns how wide a paragraph may be on a terminal of that width. */
export function chooseColumns(terminalColumns: number | undefined): number {
  return Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, terminalColumns || DEFAULT_COLUMNS));
}

/** Returns how wide a table may be. A table that goes to a pipe or a file is never cut. */
export function chooseTableColumns({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number {
  return isTTY ? Math.max(MIN_COLUMNS, columns || DEFAULT_COLUMNS) : Number.POSITIVE_INFINITY;
}

/** Returns the text in lines, broken at spaces, each with the indent. A word that is too long gets a line of its own. */
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

/** Returns untrusted text with its control characters escaped, except line breaks and tabs. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Returns untrusted text on one line: control characters are escaped, line breaks and tabs become spaces. */
export function oneLine(text: string | number | undefined): string {
  return printable(String(text ?? '')).replaceAll(/[\n\t]/g, ' ');
}
