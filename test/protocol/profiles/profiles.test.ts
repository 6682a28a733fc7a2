// The table of profiles agrees with the facts of each scheme, which are written out here, and its rows decide the rules.
import { describe, expect, test } from 'vitest';
import {
  bindsOnlyTheBody,
  claimsReads,
  coversMethodAndPath,
  INBOUND_PROFILES,
  OUTBOUND_PROFILES,
  PROFILES,
  type Profile,
} from '../../../lib/protocol/profiles/profiles.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';

const rows = Object.entries(PROFILES as Readonly<Record<string, Profile>>);

/** Signed content, encoding, unit of time, one-time value, number of signatures, directions, secret prefix and key bytes. */
const FACTS: Readonly<Record<string, string>> = {
  rfc9421: '- | - | s | nonce | single | in | sk_',
  'link-peeler': 'timestamp.nonce.body | hex | s | nonce | single | in | sk_ utf8',
  vouchersx: 'timestamp.body | hex_either_case | s | content | list | in out | sk_ utf8',
  daylight: 'timestamp.body | base64url | s | content | single | in out | sk_ utf8',
  nitro: 'timestampbody | hex | ms | content | single | in out | sk_ utf8',
  tolinku: 'body | hex | - | none | single | out | whsec_ utf8',
  'standard-webhooks': 'id.timestamp.body | base64 | s | id | list | out | whsec_ base64_after_whsec',
};

function factsOf(row: Profile): string {
  const [content, encoding, keyBytes] =
    row.form === 'delimited' ? [row.parts.join(row.separator), row.encoding, ` ${row.keyBytes}`] : ['-', '-', ''];
  const others = [row.clock?.unit ?? '-', row.oneTimeValue, row.several, row.directions.join(' ')];
  return [content, encoding, ...others, row.secretPrefix + keyBytes].join(' | ');
}

describe('the table of profiles', () => {
  test('has the facts of seven schemes', () => {
    expect(Object.fromEntries(rows.map(([id, row]) => [id, factsOf(row)]))).toEqual(FACTS);
  });

  test('has inbound rows and outbound rows, and every row has a direction', () => {
    expect(new Set<string>([...INBOUND_PROFILES, ...OUTBOUND_PROFILES])).toEqual(new Set(rows.map(([id]) => id)));
    expect(INBOUND_PROFILES).toEqual(['rfc9421', 'link-peeler', 'vouchersx', 'daylight', 'nitro']);
    expect(OUTBOUND_PROFILES).toEqual(['vouchersx', 'daylight', 'nitro', 'tolinku', 'standard-webhooks']);
  });

  test('has a tolerance of five minutes in every clock, and a clock in every row that signs a time', () => {
    for (const [, row] of rows) if (row.clock) expect(row.clock.toleranceMs).toBe(300_000);
    for (const [, row] of rows)
      if (row.form === 'delimited') expect(row.clock !== undefined).toBe(row.parts.includes('timestamp'));
  });

  test('has a clock, a one-time value and a key id header in every inbound row', () => {
    for (const id of INBOUND_PROFILES) {
      const row: Profile = PROFILES[id];
      expect(row.clock).toBeDefined();
      expect(['nonce', 'content']).toContain(row.oneTimeValue);
      if (row.form === 'delimited') expect(row.keyIdHeader).toMatch(/^x-/);
    }
  });

  test('has different signature headers in rows with the same key id header', () => {
    const headers = INBOUND_PROFILES.flatMap((id) => {
      const row: Profile = PROFILES[id];
      return row.form === 'delimited' ? [`${row.keyIdHeader} ${row.headerCodec.signatureHeader}`] : [];
    });
    expect(new Set(headers).size).toBe(headers.length);
  });
});

describe('the rules of a row', () => {
  test('only rfc9421 covers method and path, and the flip sweeps agree', () => {
    expect(INBOUND_PROFILES.filter(coversMethodAndPath)).toEqual(['rfc9421']);
    for (const { profile, covered, uncovered } of INBOUND_ROWS) {
      const changes = coversMethodAndPath(profile) ? covered : uncovered;
      expect(Object.keys(changes)).toEqual(expect.arrayContaining(['the method', 'the path', 'the query']));
    }
  });

  test('reads claim under profiles with a nonce that do not sign the method', () => {
    expect(INBOUND_PROFILES.filter(claimsReads)).toEqual(['link-peeler']);
  });

  test('the signature of an empty body proves only the time under profiles that sign only body and time', () => {
    expect(INBOUND_PROFILES.filter(bindsOnlyTheBody)).toEqual(['vouchersx', 'daylight', 'nitro']);
  });

  test('these profiles have no nonce, and the flip sweeps show that they cover nothing else', () => {
    for (const { profile, example, covered } of INBOUND_ROWS.filter((row) => bindsOnlyTheBody(row.profile))) {
      expect([profile, example.nonce]).toEqual([profile, undefined]);
      expect(Object.keys(covered).filter((part) => /method|path|query|host|nonce/.test(part))).toEqual([]);
    }
  });
});
