// The wire document as data: its fenced blocks by their info string, its tables by heading, its worked examples.
import { readFileSync } from 'node:fs';

export const WIRE = readFileSync(new URL('../../lib/protocol/README.md', import.meta.url), 'utf8');

export interface Fence {
  /** What stands behind the opening fence: `js sign nitro`. */
  readonly info: string;
  readonly text: string;
}

export const FENCES: readonly Fence[] = [...WIRE.matchAll(/^```(\S[^\n]*)\n([\s\S]*?)^```$/gm)].map(
  ([, info = '', text = '']) => ({ info, text }),
);

/** @throws Error when there is none, or more than one. */
export function fence(info: string): string {
  const [found, ...others] = FENCES.filter((one) => one.info === info);
  if (!found || others.length > 0) throw new Error(`The wire document has not one block "${info}".`);
  return found.text;
}

export function section(heading: string): string {
  const [, text] = WIRE.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`The wire document has no heading "${heading}".`);
  return text.split('\n## ')[0] ?? '';
}

/** The tables under a heading, in order: each a list of rows, head and rule left out. */
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

/** What a cell says between backquotes, each. */
export function quoted(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

export interface WorkedExample {
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A block of fields, each a name and a text that may go on in indented lines, then headers behind an empty line. */
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

/** The bytes that a text with the escape `\n` stands for. */
export function unescapeBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\n', '\n'));
}
