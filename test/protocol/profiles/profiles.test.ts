// The table of profiles against the facts of each scheme, written out once more by hand, and what follows from a row.
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

/** What is signed, how it is written, which clock, what tells a repeat, how many signatures, which way, whose key bytes. */
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

  test('has rows that go in, rows that go out, and none that goes nowhere', () => {
    expect(new Set<string>([...INBOUND_PROFILES, ...OUTBOUND_PROFILES])).toEqual(new Set(rows.map(([id]) => id)));
    expect(INBOUND_PROFILES).toEqual(['rfc9421', 'link-peeler', 'vouchersx', 'daylight', 'nitro']);
    expect(OUTBOUND_PROFILES).toEqual(['vouchersx', 'daylight', 'nitro', 'tolinku', 'standard-webhooks']);
  });

  test('gives every row that has a clock five minutes, and a clock to every row that signs a time', () => {
    for (const [, row] of rows) if (row.clock) expect(row.clock.toleranceMs).toBe(300_000);
    for (const [, row] of rows)
      if (row.form === 'delimited') expect(row.clock !== undefined).toBe(row.parts.includes('timestamp'));
  });

  test('gives every row that goes in a clock, something that tells a repeat, and a header that names the key', () => {
    for (const id of INBOUND_PROFILES) {
      const row: Profile = PROFILES[id];
      expect(row.clock).toBeDefined();
      expect(['nonce', 'content']).toContain(row.oneTimeValue);
      if (row.form === 'delimited') expect(row.keyIdHeader).toMatch(/^x-/);
    }
  });

  test('lets no two rows that share the header of the key share the header of the signature', () => {
    const headers = INBOUND_PROFILES.flatMap((id) => {
      const row: Profile = PROFILES[id];
      return row.form === 'delimited' ? [`${row.keyIdHeader} ${row.headerCodec.signatureHeader}`] : [];
    });
    expect(new Set(headers).size).toBe(headers.length);
  });
});

describe('what follows from a row', () => {
  test('method and path are covered by RFC 9421 alone, and the sweeps agree', () => {
    expect(INBOUND_PROFILES.filter(coversMethodAndPath)).toEqual(['rfc9421']);
    for (const { profile, covered, uncovered } of INBOUND_ROWS) {
      const changes = coversMethodAndPath(profile) ? covered : uncovered;
      expect(Object.keys(changes)).toEqual(expect.arrayContaining(['the method', 'the path', 'the query']));
    }
  });

  test('reads are claimed where a nonce makes that cheap and the method is not signed', () => {
    expect(INBOUND_PROFILES.filter(claimsReads)).toEqual(['link-peeler']);
  });

  test('a request without a body binds nothing where only the body and the time are signed', () => {
    expect(INBOUND_PROFILES.filter(bindsOnlyTheBody)).toEqual(['vouchersx', 'daylight', 'nitro']);
  });

  test('what binds only the body has no nonce, and the sweeps show that it covers no more', () => {
    for (const { profile, example, covered } of INBOUND_ROWS.filter((row) => bindsOnlyTheBody(row.profile))) {
      expect([profile, example.nonce]).toEqual([profile, undefined]);
      expect(Object.keys(covered).filter((part) => /method|path|query|host|nonce/.test(part))).toEqual([]);
    }
  });
});
