// Tables and lists of facts that fit the terminal. Cells are untrusted: nothing in them steers it or breaks a line.
import { printable, wrap } from '../../terminal/layout.ts';

export interface Column<R> {
  readonly head: string;
  readonly cell: (row: R) => string | number | undefined;
  /** May be cut where the line is too long. */
  readonly isFlexible?: true;
  readonly isNumber?: true;
}

const GAP = '  ';
const NARROWEST_CELL = 8;

/** A line for each row; where that does not fit, a block for each row. */
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

function factsOf<R>(row: R, columns: readonly Column<R>[]): [string, string | number | undefined][] {
  return columns.map(({ head, cell }) => [head, cell(row)]);
}

/** The widest flexible column gives way first. Undefined when nothing is left to give. */
function fitWidths(columns: readonly Column<never>[], texts: readonly (readonly string[])[], width: number) {
  const widths = columns.map((_, index) => Math.max(...texts.map((cells) => lengthOf(cells[index] ?? ''))));
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  while (total() > width) {
    const flexible = widths.map((one, index) => (columns[index]?.isFlexible ? one : 0));
    const widest = flexible.indexOf(Math.max(...flexible));
    if ((flexible[widest] ?? 0) <= NARROWEST_CELL) return undefined;
    widths[widest] = Math.max(NARROWEST_CELL, (flexible[widest] ?? 0) - (total() - width));
  }
  return widths;
}

/** Names and values below each other; what is not there is left out. */
export function showFacts(facts: readonly (readonly [string, string | number | undefined])[], width: number): string[] {
  const there = facts.filter(([, value]) => value !== undefined && value !== '');
  const indent = Math.max(0, ...there.map(([name]) => name.length)) + GAP.length;
  return there.flatMap(([name, value]) => {
    const [first = '', ...more] = wrap(oneLine(value), width - indent);
    return [name.padEnd(indent) + first, ...more.map((line) => ' '.repeat(indent) + line)];
  });
}

/** Untrusted text on one line. */
export function oneLine(text: string | number | undefined): string {
  return printable(String(text ?? '')).replaceAll(/[\n\t]/g, ' ');
}

function pad(text: string, width: number, toTheRight: boolean): string {
  const shown = lengthOf(text) > width ? `${[...text].slice(0, width - 1).join('')}…` : text;
  const space = ' '.repeat(width - lengthOf(shown));
  return toTheRight ? space + shown : shown + space;
}

function lengthOf(text: string): number {
  return [...text].length;
}
