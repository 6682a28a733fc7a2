// The documents as data: their headings, command blocks and tables.
import { readdirSync, readFileSync } from 'node:fs';

export const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

/** Returns the text of a document. `path` starts at the checkout. */
export function readDocument(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

export const README = readDocument('README.md');
export const PARTNERS = readDocument('docs/partners.md');
export const WEBHOOKS = readDocument('docs/webhooks.md');
export const AGENT = readDocument('docs/agent.md');
export const DEPLOY = readDocument('docs/deploy.md');
export const OPERATE = readDocument('docs/operate.md');
export const REFERENCE = readDocument('docs/reference.md');

/** Returns the path of every document for people: at the root, in docs/, and beside the code. */
export function documentPaths(): readonly string[] {
  const markdownIn = (folder: string) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: folder !== '', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`);
  return ['', 'docs/', 'lib/', 'bench/'].flatMap(markdownIn);
}

/** Returns the lines of a document that are not in a fenced block. Lines of a block are empty, so numbers stay the same. */
export function proseLines(text: string): readonly string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const [, mark] = /^ *(`{3,}|~{3,})/.exec(line) ?? [];
    const isFenced = fence !== undefined || mark !== undefined;
    if (mark !== undefined) fence = fence === undefined ? mark : fence === mark ? undefined : fence;
    return isFenced ? '' : line;
  });
}

interface Heading {
  readonly level: number;
  readonly title: string;
  /** The index of its line; the first line is 0. */
  readonly index: number;
}

/** Returns the headings of a document in order. */
export function headingsOf(text: string): readonly Heading[] {
  return proseLines(text).flatMap((line, index) => {
    const [, marks = '', title = ''] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
    return title === '' ? [] : [{ level: marks.length, title, index }];
  });
}

/** Returns the fenced blocks of a language, in order. */
export function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block = '']) => block.trim());
}

/**
 * Returns the text under a heading, up to the next heading of its level or above.
 * @throws Error if the document has no such heading, or several.
 */
export function sectionUnder(text: string, title: string): string {
  const headings = headingsOf(text);
  const [heading, ...others] = headings.filter((one) => one.title === title);
  if (!heading || others.length > 0) throw new Error(`${others.length + (heading ? 1 : 0)} headings are "${title}".`);
  const next = headings.find(({ level, index }) => index > heading.index && level <= heading.level);
  return text
    .split('\n')
    .slice(heading.index + 1, next?.index)
    .join('\n');
}

/** Returns the cells of the first table under a heading, without backquotes. Its head is left out. */
export function tableUnder(text: string, title: string): readonly string[][] {
  const lines = sectionUnder(text, title).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  if (start < 0) throw new Error(`No table is under "${title}".`);
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}
