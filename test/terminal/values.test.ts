// How the values of options are parsed: spans and times.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DURATION, formatDuration, MOMENT, parseDuration } from '../../lib/terminal/values.ts';

const NOW_MS = 1_800_000_000_000;

describe('a span', () => {
  test.each([
    ['0', 0],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('of %s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', '5', '-1s', '1.5h', '1 h', '1w', 'h', '١s'])('is not written as %j', (text) => {
    expect(DURATION.parse(text, NOW_MS)).toBeUndefined();
  });

  test('is read as it was formatted', () => {
    fc.assert(
      fc.property(fc.nat({ max: 99_999_999 }), (span) => {
        expect(parseDuration(formatDuration(span))).toBe(span);
      }),
    );
  });
});

test('a moment is a time with its zone, or a span before now', () => {
  expect(MOMENT.parse('2h', NOW_MS)).toBe(NOW_MS - 7_200_000);
  expect(MOMENT.parse('2027-01-15T09:00:00+01:00', NOW_MS)).toBe(NOW_MS);
  for (const text of ['yesterday', '2027-01-15', '2027-01-15T09:00:00', '2027-13-15T09:00:00Z', '1800000000'])
    expect(MOMENT.parse(text, NOW_MS)).toBeUndefined();
});
