// The table of what is not protected: complete, without leftovers, and good Markdown.
import { expect, test } from 'vitest';
import { PROFILES, type Profile } from '../../../lib/protocol/profiles/profiles.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';
import { CONSEQUENCES, formatUnprotectedTable, unprotectedRows } from './unprotected.ts';

const uncovered = [...INBOUND_ROWS, ...OUTBOUND_ROWS].flatMap((row) => Object.keys(row.uncovered));

test('every uncovered part has a consequence, and every consequence a part', () => {
  expect(new Set(Object.keys(CONSEQUENCES))).toEqual(new Set(uncovered));
  for (const { part, means } of unprotectedRows()) expect([part, means]).toEqual([part, expect.stringMatching(/\.$/)]);
});

test('every profile has rows in each of its directions, each part once', () => {
  const rows = unprotectedRows();
  const places = Object.entries(PROFILES as Readonly<Record<string, Profile>>).flatMap(([id, { directions }]) =>
    directions.map((direction) => `${id} ${direction}`),
  );
  expect([...new Set(rows.map(({ profile, direction }) => `${profile} ${direction}`))]).toEqual(places);
  expect(new Set(rows.map(({ profile, direction, part }) => [profile, direction, part].join())).size).toBe(rows.length);
});

test('the table has each part in one line of its profile and direction, and four cells in each line', () => {
  const lines = formatUnprotectedTable().split('\n');
  expect(lines[0]).toBe('| profile | direction | not protected | so what |');
  for (const line of lines) expect(line.split('|')).toHaveLength(6);
  for (const { profile, direction, part, means } of unprotectedRows()) {
    const cells = lines.filter((line) => line.startsWith(`| \`${profile}\` | ${direction} |`));
    expect(cells.filter((line) => line.includes(part) && line.endsWith(`| ${means} |`))).toHaveLength(1);
  }
});
