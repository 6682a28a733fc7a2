// JSON for programs that also cannot control the terminal of a person who looks at it.
import { printable } from './layout.ts';

/** Returns the value as indented JSON. It escapes the control characters that JSON.stringify leaves, and bidi controls. */
export function showJson(value: object): string {
  return `${printable(JSON.stringify(value, null, 2))}\n`;
}
