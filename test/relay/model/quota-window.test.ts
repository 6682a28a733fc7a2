// The quota windows: where a minute and a month end, and how long a caller must wait for the next one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextMinuteAt,
  nextMonthAt,
  quotaMinuteOf,
  quotaWindowOf,
  secondsOfMonth,
  secondsUntilNextMinute,
  secondsUntilNextMonth,
} from '../../../lib/relay/model/quota-window.ts';
import { SECOND } from '../../support/relay/samples.ts';

describe('a window', () => {
  const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

  it('ends with the last millisecond before the next one, and Retry-After is never too short', () => {
    fc.assert(
      fc.property(time, (date) => {
        const nowMs = date.getTime();
        for (const [nameOf, nextAt] of [
          [quotaMinuteOf, nextMinuteAt],
          [quotaWindowOf, nextMonthAt],
        ] as const) {
          expect(nameOf(nextAt(nowMs) - 1)).toBe(nameOf(nowMs));
          expect(nameOf(nextAt(nowMs)) > nameOf(nowMs)).toBe(true);
        }
        const after = nowMs + secondsUntilNextMinute(nowMs) * SECOND;
        expect(after - nextMinuteAt(nowMs)).toSatisfy((late: number) => late >= 0 && late < SECOND);
      }),
    );
  });

  it.each([
    ['2026-11-22T12:00:00Z', 30],
    ['2026-12-31T23:59:59Z', 31],
    ['2028-02-29T00:00:00Z', 29],
  ])('has, for the month of %s, %i days', (date, days) => {
    expect(secondsOfMonth(Date.parse(date))).toBe(days * 86_400);
  });

  it.each([
    ['2026-11-30T23:59:59.999Z', '2026-11', 1],
    ['2026-12-01T00:00:00.000Z', '2026-12', 31 * 86_400],
    ['2026-12-31T23:00:00.001Z', '2026-12', 3_600],
    ['2028-02-01T00:00:00.000Z', '2028-02', 29 * 86_400],
  ])('is, at %s, the month %s, and ends in %i seconds', (time, window, seconds) => {
    expect(quotaWindowOf(Date.parse(time))).toBe(window);
    expect(secondsUntilNextMonth(Date.parse(time))).toBe(seconds);
  });
});
