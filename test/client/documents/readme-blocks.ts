// Reads the README of the client package: its code, and the names in its tables.
import { readFileSync } from 'node:fs';

export const ROOT = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');
const README = readFileSync(`${ROOT}/lib/client/README.md`, 'utf8');

/** Returns the pieces of code under a heading, in order. @throws Error when the README has no such heading */
export function codeUnder(heading: string): string[] {
  const section = sectionOf(heading);
  return [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
}

/** Returns the first cells of the table under a heading, without backquotes. */
export function rowsUnder(heading: string): string[] {
  const rows = sectionOf(heading).matchAll(/^\| `([^`]+)` \|/gm);
  return [...rows].map(([, cell = '']) => cell);
}

export const ALL_CODE = [...README.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);

function sectionOf(heading: string): string {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  if (!section) throw new Error(`The README has no heading "${heading}".`);
  return section;
}
