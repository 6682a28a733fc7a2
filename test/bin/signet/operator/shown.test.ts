// What operators read: tables that fit whatever is in them, spans and times, and the word that was meant.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../../../bin/signet/operator/nearest.ts';
import { viewEndpoint } from '../../../../bin/signet/operator/show/show-endpoint.ts';
import { showJson } from '../../../../bin/signet/operator/show/show-json.ts';
import { showKey } from '../../../../bin/signet/operator/show/show-key.ts';
import { type Column, oneLine, showFacts, showTable } from '../../../../bin/signet/operator/show/show-table.ts';
import { iso } from '../../../../bin/signet/operator/show/show-time.ts';
import { DURATION, formatDuration, MOMENT, parseDuration } from '../../../../bin/signet/operator/values.ts';
import type { PartnerSecretKey } from '../../../../lib/relay/model/records.ts';
import { sampleEndpoint } from '../../../support/relay/samples.ts';
import { NOW_MS } from '../fake-terminal.ts';

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

/** Ids are at most as long as ours. */
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
  test('of whatever rows fits eighty columns, holds no control character, and shows every id whole', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const lines = showTable(table, COLUMNS, 80);
        expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
        expect(lines.filter((line) => lengthOf(line) > 80)).toEqual([]);
        for (const { id } of table) expect(lines.join('\n')).toContain(id);
      }),
    );
  });

  test('cuts what may be cut, and puts numbers to the right', () => {
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

  test('leaves out a column in which nothing stands', () => {
    expect(showTable([{ id: 'a', text: '', count: 1 }], COLUMNS, 80)[0]).toBe('id  count');
  });

  test('that cannot fit becomes a block for each row', () => {
    const wide = { id: 'i'.repeat(38), text: 'x'.repeat(38), count: 1 };
    expect(showTable([wide, wide], COLUMNS, 45)).toEqual([
      ...[`id     ${wide.id}`, `text   ${wide.text}`, 'count  1', ''],
      ...[`id     ${wide.id}`, `text   ${wide.text}`, 'count  1'],
    ]);
  });
});

test('of a key that is revoked no version is taken any more', () => {
  const kept = { kind: 'partner', accountId: 'acmeacmeacmeacme', keyId: 'acme', profile: 'nitro' } as const;
  const [early, late] = [NOW_MS - 120_000, NOW_MS + 60_000];
  const versions: PartnerSecretKey['versions'] = [
    { version: 3, master: 1 },
    { version: 2, master: 1, endsAt: late },
    { version: 1, master: 1, endsAt: early },
  ];
  const takenOf = (key: PartnerSecretKey) =>
    showKey(key, NOW_MS, 80).flatMap((line) => /master 1 +(yes|until .*Z|no, since .*Z)/.exec(line)?.[1] ?? []);
  const [before, ends] = ['2027-01-15 07:58Z', '2027-01-15 08:01Z'];
  expect(takenOf({ ...kept, versions })).toEqual(['yes', `until ${ends}`, `no, since ${before}`]);
  const now = 'no, since 2027-01-15 08:00Z';
  expect(takenOf({ ...kept, versions, revokedAt: NOW_MS })).toEqual([now, now, `no, since ${before}`]);
});

test('the versions of a key that is used and revoked are a table in eighty columns', () => {
  const numbers = [1_795_351_102, 1_795_351_101];
  const versions = numbers.map((version) => ({ version, master: 1, createdAt: NOW_MS })) as never;
  const key = { kind: 'partner', accountId: 'acmeacmeacmeacme', keyId: 'acme', profile: 'nitro', versions } as const;
  const lastUsedAt = Object.fromEntries(numbers.map((version) => [version, NOW_MS]));
  const lines = showKey({ ...key, lastUsedAt, revokedAt: NOW_MS }, NOW_MS, 80);
  expect(lines.at(-3)).toMatch(/^ *version +from +made +taken +last used$/);
  expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(80);
});

test('facts that are not there are left out, and long ones are wrapped', () => {
  const facts = [
    ['name', 'one two three'],
    ['nothing', undefined],
    ['x', 'bad\u001b[2J'],
  ] as const;
  expect(showFacts(facts, 14)).toEqual(['name  one two', '      three', 'x     bad\\u001b[2J']);
});

test('one line of untrusted text is one line', () => {
  expect(oneLine('a\nb\tc\u202e\u0007')).toBe('a b c\\u202e\\u0007');
});

test('JSON says what was to be said, and steers no terminal', () => {
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

test('every time in the JSON of an endpoint is RFC 3339', () => {
  const [createdAt, endsAt] = [NOW_MS, NOW_MS + 1_000];
  const endpoint = sampleEndpoint({ createdAt, versions: [{ version: 1, master: 1, createdAt, endsAt }] });
  const times = { createdAt: iso(createdAt), endsAt: iso(endsAt) };
  expect(viewEndpoint(endpoint).json).toMatchObject({
    endpoint: { createdAt: times.createdAt, versions: [{ version: 1, master: 1, ...times }] },
  });
});

describe('a span', () => {
  test.each([
    ['0', 0],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', '5', '-1s', '1.5h', '1 h', '1w', 'h', '١s'])('%j is none', (text) => {
    expect(DURATION.parse(text, NOW_MS)).toBeUndefined();
  });

  test('that is written is read as the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 99_999_999 }), (span) => {
        expect(parseDuration(formatDuration(span))).toBe(span);
      }),
    );
  });
});

test('a moment is a time with its zone, or how long ago it was', () => {
  expect(MOMENT.parse('2h', NOW_MS)).toBe(NOW_MS - 7_200_000);
  expect(MOMENT.parse('2027-01-15T09:00:00+01:00', NOW_MS)).toBe(NOW_MS);
  for (const text of ['yesterday', '2027-01-15', '2027-01-15T09:00:00', '2027-13-15T09:00:00Z', '1800000000'])
    expect(MOMENT.parse(text, NOW_MS)).toBeUndefined();
});

describe('the word that was meant', () => {
  const KNOWN = ['account', 'agent', 'endpoint', 'events', 'jobs', 'key', 'queues', 'quota', 'ring', 'status'];

  test.each([
    ['acount', 'account'],
    ['keys', 'key'],
    ['job', 'jobs'],
    ['qouta', 'quota'],
    ['STATUS', 'status'],
    ['frobnicate', undefined],
    ['', undefined],
  ])('by %j is %s', (word, meant) => expect(nearest(word, KNOWN)).toBe(meant));

  test('is itself, and with one letter left out or doubled the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN.filter((word) => word.length > 4)), fc.nat(), (word, at) => {
        const index = at % word.length;
        expect(nearest(word, KNOWN)).toBe(word);
        expect(nearest(word.slice(0, index) + word.slice(index + 1), KNOWN)).toBe(word);
        expect(nearest(word.slice(0, index) + word[index] + word.slice(index), KNOWN)).toBe(word);
      }),
    );
  });
});
