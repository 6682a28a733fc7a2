// docs/decisions: every file has its form, the index lists every file, and every dependency has its reason.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT, read } from './paths.ts';

const FOLDER = 'docs/decisions';
const files = readdirSync(`${ROOT}/${FOLDER}`).filter((name) => name !== 'README.md');
const DEPENDENCIES = `${FOLDER}/0060-dependencies.md`;

interface Row {
  readonly number: string;
  readonly title: string;
  readonly file: string;
}

/** The rows of the index, in order. */
function rowsOf(index: string): Row[] {
  const rows = [...index.matchAll(/^\| (\d{4}) \| \[([^\]]+)\]\(([^)]+)\) \|$/gm)];
  return rows.map(([, number = '', title = '', file = '']) => ({ number, title, file }));
}

const titleOf = (text: string) => /^# (\d{4})\. (.+)$/m.exec(text)?.slice(1) ?? [];

describe('the index', () => {
  const rows = rowsOf(read(`${FOLDER}/README.md`));

  it('lists every file, and no other', () => {
    expect(rows.map(({ file }) => file)).toEqual(files.toSorted());
  });

  it('numbers them from 1 without a gap', () => {
    expect(rows.map(({ number }) => Number(number))).toEqual(rows.map((_, index) => index + 1));
  });

  it.each(rows)('has number and title of $file', ({ number, title, file }) => {
    expect(file.startsWith(`${number}-`)).toBe(true);
    expect(titleOf(read(`${FOLDER}/${file}`))).toEqual([number, title]);
  });
});

describe('each decision', () => {
  it.each(files)('%s has context, decision and consequence', (file) => {
    const text = read(`${FOLDER}/${file}`);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Consequence']);
    const parts = text.split(/^## .+$/m).slice(1);
    for (const part of parts) expect(part.trim()).toMatch(/[.|]$/);
  });
});

describe('dependencies', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const all: Record<string, string> = { ...dependencies, ...devDependencies, ...optionalDependencies };
  const scopeOf = (name: string) => (name.startsWith('@') ? `${name.split('/')[0]}/*` : name);

  /** The packages without a row of their own, or of their scope, in the list of reasons. */
  function withoutReason(names: readonly string[], list: string): string[] {
    const cells = [...list.matchAll(/^\| (`[^|]+) \| [^|]+ \|$/gm)].map(([, cell = '']) => cell).join(', ');
    return names.filter((name) => !cells.includes(`\`${name}\``) && !cells.includes(`\`${scopeOf(name)}\``));
  }

  it('are each named with a reason', () => {
    expect(withoutReason(Object.keys(all), read(DEPENDENCIES))).toEqual([]);
  });

  it('would be missed without one', () => {
    expect(withoutReason(['left-pad', '@left/pad', 'zod'], read(DEPENDENCIES))).toEqual(['left-pad', '@left/pad']);
  });
});
