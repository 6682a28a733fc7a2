// Tables and lists of facts. Cells are untrusted: they cannot control the terminal or break a line.
import { oneLine, wrap } from './layout.ts';

export interface Column<R> {
  readonly head: string;
  readonly cell: (row: R) => string | number | undefined;
  /** A cell of this column may be cut when the table is wider than the terminal. */
  readonly isFlexible?: true;
  readonly isNumber?: true;
}

export type Fact = readonly [name: string, value: string | number | undefined];

const GAP = '  ';
const MIN_CELL = 8;

/** Returns a head and one line for each row. When that does not fit the width, it returns a list of facts for each row. */
export function showTable<R>(rows: readonly R[], columns: readonly Column<R>[], width: number): string[] {
  const used = columns.filter(({ cell }) => rows.some((row) => (cell(row) ?? '') !== ''));
  const texts = [used.map(({ head }) => head), ...rows.map((row) => used.map(({ cell }) => oneLine(cell(row))))];
  const widths = fitWidths(used, texts, width);
  if (!widths)
    return rows.flatMap((row, index) => [...(index > 0 ? [''] : []), ...showFacts(factsOf(row, used), width)]);
  return texts.map((cells) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, used[index]?.isNumber === true))
      .join(GAP)
      .trimEnd(),
  );
}

function factsOf<R>(row: R, columns: readonly Column<R>[]): Fact[] {
  return columns.map(({ head, cell }) => [head, cell(row)]);
}

/** Shrinks the widest flexible column first. Returns undefined when the columns cannot fit. */
function fitWidths(columns: readonly Column<never>[], texts: readonly (readonly string[])[], width: number) {
  const widths = columns.map((_, index) => Math.max(...texts.map((cells) => lengthOf(cells[index] ?? ''))));
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  while (total() > width) {
    const flexible = widths.map((one, index) => (columns[index]?.isFlexible ? one : 0));
    const widest = flexible.indexOf(Math.max(...flexible));
    if ((flexible[widest] ?? 0) <= MIN_CELL) return undefined;
    widths[widest] = Math.max(MIN_CELL, (flexible[widest] ?? 0) - (total() - width));
  }
  return widths;
}

/** Returns names and values in two columns, with the values wrapped. Facts without a value are left out. */
export function showFacts(facts: readonly Fact[], width: number): string[] {
  const present = facts.filter(([, value]) => value !== undefined && value !== '');
  const indent = Math.max(0, ...present.map(([name]) => name.length)) + GAP.length;
  return present.flatMap(([name, value]) => {
    const [first = '', ...more] = wrap(oneLine(value), width - indent);
    return [name.padEnd(indent) + first, ...more.map((line) => ' '.repeat(indent) + line)];
  });
}

function pad(text: string, width: number, isNumber: boolean): string {
  const shown = lengthOf(text) > width ? `${[...text].slice(0, width - 1).join('')}…` : text;
  const space = ' '.repeat(width - lengthOf(shown));
  return isNumber ? space + shown : shown + space;
}

function lengthOf(text: string): number {
  return [...text].length;
}
