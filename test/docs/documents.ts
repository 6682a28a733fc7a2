// The README as data: its command blocks and its tables.
import { readFileSync } from 'node:fs';

export const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
export const README = readFileSync(`${ROOT}/README.md`, 'utf8');

/** The fenced blocks of a language, in order. */
export function blocks(language: string, text: string = README): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block = '']) => block.trim());
}

/** What stands under a heading, up to the next one. */
export function sectionUnder(heading: string): string {
  return README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The cells of the table under a heading, without backquotes; the head and its rule are left out. */
export function tableUnder(heading: string): string[][] {
  return sectionUnder(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}
