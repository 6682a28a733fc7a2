// Tables and facts that fit the terminal with any text in them, and that are never cut in a pipe.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseTableColumns, oneLine } from '../../lib/terminal/layout.ts';
import { showJson } from '../../lib/terminal/show-json.ts';
import { type Column, showFacts, showTable } from '../../lib/terminal/show-table.ts';

interface Row {
  readonly id: string;
  readonly text: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'id', cell: ({ id }) => id },
  { head: 'text', cell: ({ text }) => text, isFlexible: true },
  { head: 'count', cell: ({ count }) => count, isNumber: true },
];

/** Ids are as long as the longest of the relay's. */
const rows = fc.array(
  fc.record({
    id: fc.stringMatching(/^[a-z0-9_]{1,64}$/),
    text: fc.string({ unit: 'binary', maxLength: 60 }),
    count: fc.nat(),
  }),
  { minLength: 1, maxLength: 5 },
);

const lengthOf = (line: string) => [...line].length;

describe('a table', () => {
  test('fits eighty columns with any rows, holds no control character, and shows every id whole', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const lines = showTable(table, COLUMNS, 80);
        expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
        expect(lines.filter((line) => lengthOf(line) > 80)).toEqual([]);
        for (const { id } of table) expect(lines.join('\n')).toContain(id);
      }),
    );
  });

  test('is never cut when it is piped: it shows every cell whole, in one line for each row', () => {
    const wide = rows.map((table) => table.map((row) => ({ ...row, text: row.text.repeat(20) })));
    fc.assert(
      fc.property(wide, (table) => {
        const [head, ...lines] = showTable(table, COLUMNS, chooseTableColumns({}));
        expect(head).toMatch(/^id .*count$/);
        expect(lines).toHaveLength(table.length);
        for (const [index, { id, text, count }] of table.entries())
          expect(lines[index]?.replaceAll(/ +/g, ' ').trim()).toBe(
            [id, oneLine(text), count].join(' ').replaceAll(/ +/g, ' ').trim(),
          );
      }),
    );
  });

  test('cuts flexible cells on a narrow terminal, and aligns numbers to the right', () => {
    const table = [
      { id: 'a', text: 'x'.repeat(100), count: 7 },
      { id: 'bb', text: 'y\nz', count: 1_000 },
    ];
    expect(showTable(table, COLUMNS, 30)).toEqual([
      'id  text                 count',
      `a   ${'x'.repeat(18)}…      7`,
      'bb  y z                   1000',
    ]);
  });

  test('leaves out a column without a value', () => {
    expect(showTable([{ id: 'a', text: '', count: 1 }], COLUMNS, 80)[0]).toBe('id  count');
  });

  test('becomes a list of facts for each row when it cannot fit', () => {
    const wide = { id: 'i'.repeat(38), text: 'x'.repeat(38), count: 1 };
    expect(showTable([wide, wide], COLUMNS, 45)).toEqual([
      ...[`id     ${wide.id}`, `text   ${wide.text}`, 'count  1', ''],
      ...[`id     ${wide.id}`, `text   ${wide.text}`, 'count  1'],
    ]);
  });

  test.each([
    [{}, Number.POSITIVE_INFINITY],
    [{ isTTY: false, columns: 80 }, Number.POSITIVE_INFINITY],
    [{ isTTY: true, columns: 250 }, 250],
    [{ isTTY: true, columns: 0 }, 80],
    [{ isTTY: true, columns: 12 }, 40],
  ])('on the stream %j may be %d columns wide', (stream, columns) => {
    expect(chooseTableColumns(stream)).toBe(columns);
  });
});

test('facts without a value are left out, and long ones are wrapped', () => {
  const facts = [
    ['name', 'one two three'],
    ['nothing', undefined],
    ['x', 'bad\u001b[2J'],
  ] as const;
  expect(showFacts(facts, 14)).toEqual(['name  one two', '      three', 'x     bad\\u001b[2J']);
  expect(showFacts(facts, Number.POSITIVE_INFINITY)[0]).toBe('name  one two three');
});

test('untrusted text stays on one line', () => {
  expect(oneLine('a\nb\tc\u202e\u0007')).toBe('a b c\\u202e\\u0007');
});

test('JSON keeps its value, and cannot control the terminal', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(fc.dictionary(texts, texts), (value) => {
      const shown = showJson(value);
      expect(shown).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(showJson({ rowId: 'a\u009b2J\u202e' })).toBe('{\n  "rowId": "a\\u009b2J\\u202e"\n}\n');
});
