// Reads the wire document: its fenced blocks by info string, its tables by heading, and its worked examples.
import { readFileSync } from 'node:fs';

export const WIRE = readFileSync(new URL('../../lib/protocol/README.md', import.meta.url), 'utf8');

/** A fenced block. */
export interface Fence {
  /** The text after the opening fence, such as `js sign nitro`. */
  readonly info: string;
  readonly text: string;
}

export const FENCES: readonly Fence[] = [...WIRE.matchAll(/^```(\S[^\n]*)\n([\s\S]*?)^```$/gm)].map(
  ([, info = '', text = '']) => ({ info, text }),
);

/** Returns the text of the only block with this info string. @throws Error when there is none or more than one */
export function fence(info: string): string {
  const [found, ...others] = FENCES.filter((candidate) => candidate.info === info);
  if (!found || others.length > 0) throw new Error(`The wire document must have exactly one block "${info}".`);
  return found.text;
}

/** Returns the text under a heading. @throws Error when there is no such heading */
export function section(heading: string): string {
  const [, text] = WIRE.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`The wire document has no heading "${heading}".`);
  return text.split('\n## ')[0] ?? '';
}

/** Returns the tables under a heading, in order. Each is a list of rows without the head and its rule. */
export function tablesUnder(heading: string): string[][][] {
  return section(heading)
    .split(/\n(?!\|)/)
    .map((piece) => piece.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 2)
    .map((lines) => lines.slice(2).map(cellsOf));
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** Returns each text between backquotes in a cell. */
export function quoted(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** A worked example of a signed message. */
export interface WorkedExample {
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads a worked example. Its block has fields, an empty line, and headers. A field is a name and a text, which may
 * continue in indented lines.
 */
export function workedExample(name: string): WorkedExample {
  const [fields = '', headers = ''] = fence(`text example ${name}`).split('\n\n');
  const unfolded = fields.replaceAll(/\n {9}/g, '');
  return {
    fields: Object.fromEntries(unfolded.split('\n').map((line) => [line.slice(0, 9).trim(), line.slice(9)])),
    headers: Object.fromEntries(headers.trim().split('\n').map(splitHeader)),
  };
}

function splitHeader(line: string): [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}

/** Returns the bytes of a text with the escape `\n`. */
export function unescapeBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\n', '\n'));
}
