// What a program reads, also where a person looks at it: it says the same, and steers no terminal.
import { printable } from '../../terminal/layout.ts';

/** JSON escapes the first control characters itself; the others, and what turns the direction of text, are escaped here. */
export function showJson(value: object): string {
  return `${printable(JSON.stringify(value, null, 2))}\n`;
}
