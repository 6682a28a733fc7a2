// Timestamps: every time has exactly one text in each unit, and the tolerance is the same in both directions.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FIVE_MINUTES_MS,
  formatTimestamp,
  isFresh,
  parseTimestamp,
  type SigningClock,
} from '../../../lib/protocol/profiles/signing-time.ts';
import { BAD_SECONDS } from '../../support/protocol/bad-texts.ts';

const seconds: SigningClock = { unit: 's', toleranceMs: FIVE_MINUTES_MS };
const milliseconds: SigningClock = { unit: 'ms', toleranceMs: FIVE_MINUTES_MS };
const NOW = 1_800_000_000_000;

describe('seconds', () => {
  test.each(BAD_SECONDS)('must not be $what', ({ text }) => {
    expect(parseTimestamp(seconds, text)).toMatchObject({ ok: false, problem: 'request_malformed' });
  });

  test.each([
    ['1000000000', 1_000_000_000_000],
    ['1800000000', NOW],
    ['9999999999', 9_999_999_999_000],
  ])('are read into epoch milliseconds: %s', (text, value) =>
    expect(parseTimestamp(seconds, text)).toEqual({ ok: true, value }),
  );
});

describe('milliseconds', () => {
  // Every text that is invalid in seconds is invalid here too, except the one with 13 digits.
  const bad = BAD_SECONDS.filter(({ what }) => what !== 'milliseconds');

  test.each(bad)('must not be $what', ({ text }) => {
    expect(parseTimestamp(milliseconds, text)).toMatchObject({ ok: false, problem: 'request_malformed' });
  });

  test.each([
    '1800000000',
    '180000000000',
    '18000000000000',
    '0800000000000',
    '1800000000000.0',
    '1800000000000\n',
    '-800000000000',
    '1.80000000e12',
  ])('must not be %j', (text) => expect(parseTimestamp(milliseconds, text).ok).toBe(false));

  test('are read into epoch milliseconds', () => {
    expect(parseTimestamp(milliseconds, '1800000000123')).toEqual({ ok: true, value: 1_800_000_000_123 });
  });
});

test('reads back what it writes, rounded down to the unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e12, max: 9_999_999_999_999 }), (epochMs) => {
      expect(parseTimestamp(milliseconds, formatTimestamp(milliseconds, epochMs))).toEqual({
        ok: true,
        value: epochMs,
      });
      const value = Math.floor(epochMs / 1000) * 1000;
      expect(parseTimestamp(seconds, formatTimestamp(seconds, epochMs))).toEqual({ ok: true, value });
    }),
  );
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 999_999_999_999, 1e16])(
  'throws for %d, which no verifier would accept',
  (epochMs) => {
    for (const clock of [seconds, milliseconds]) expect(() => formatTimestamp(clock, epochMs)).toThrow('is not a time');
  },
);

test('reads only the texts that it writes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0189.+-e \n１'), maxLength: 14 }), (text) => {
      for (const clock of [seconds, milliseconds]) {
        const read = parseTimestamp(clock, text);
        if (read.ok) expect(formatTimestamp(clock, read.value)).toBe(text);
      }
    }),
    { numRuns: 2000 },
  );
});

describe.each([seconds, milliseconds])('freshness in $unit', (clock) => {
  test.each([
    [0, true],
    [300_000, true],
    [300_001, false],
    [-300_000, true],
    [-300_001, false],
    [86_400_000, false],
    [Number.NaN, false],
  ])('%d ms away: %s', (distance, fresh) => expect(isFresh(clock, NOW, NOW + distance)).toBe(fresh));
});
