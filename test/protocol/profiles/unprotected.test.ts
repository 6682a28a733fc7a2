// The table of unprotected parts is complete, has no superfluous rows, and is valid Markdown.
import { expect, test } from 'vitest';
import { PROFILES, type Profile } from '../../../lib/protocol/profiles/profiles.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';
import { OUTBOUND_ROWS } from '../../support/protocol/outbound-rows.ts';
import { CONSEQUENCES, formatUnprotectedTable, unprotectedRows } from './unprotected.ts';

const uncovered = [...INBOUND_ROWS, ...OUTBOUND_ROWS].flatMap((row) => Object.keys(row.uncovered));

test('gives every uncovered part a consequence, and every consequence a part', () => {
  expect(new Set(Object.keys(CONSEQUENCES))).toEqual(new Set(uncovered));
  for (const { part, consequence } of unprotectedRows())
    expect([part, consequence]).toEqual([part, expect.stringMatching(/\.$/)]);
});

test('has rows for every profile in each of its directions, with each part once', () => {
  const rows = unprotectedRows();
  const places = Object.entries(PROFILES as Readonly<Record<string, Profile>>).flatMap(([id, { directions }]) =>
    directions.map((direction) => `${id} ${direction}`),
  );
  expect([...new Set(rows.map(({ profile, direction }) => `${profile} ${direction}`))]).toEqual(places);
  expect(new Set(rows.map(({ profile, direction, part }) => [profile, direction, part].join())).size).toBe(rows.length);
});

test('prints each part in one line of its profile and direction, with four cells in each line', () => {
  const lines = formatUnprotectedTable().split('\n');
  expect(lines[0]).toBe('| profile | direction | not protected | consequence |');
  for (const line of lines) expect(line.split('|')).toHaveLength(6);
  for (const { profile, direction, part, consequence } of unprotectedRows()) {
    const cells = lines.filter((line) => line.startsWith(`| \`${profile}\` | ${direction} |`));
    expect(cells.filter((line) => line.includes(part) && line.endsWith(`| ${consequence} |`))).toHaveLength(1);
  }
});
