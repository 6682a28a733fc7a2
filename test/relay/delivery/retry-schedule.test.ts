// The retry schedule of deliveries: its delays, its end, and its bounds for any request of a receiver.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIVERY_SCHEDULE_SECONDS, decideRetry } from '../../../lib/relay/delivery/retry-schedule.ts';

const HOUR_SECONDS = 3_600;
const LAST_ATTEMPT = DELIVERY_SCHEDULE_SECONDS.length - 1;

describe('the retry schedule', () => {
  it('is 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: 75 hours and 35 minutes in all', () => {
    expect(DELIVERY_SCHEDULE_SECONDS).toEqual([0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    const total = DELIVERY_SCHEDULE_SECONDS.reduce((sum, seconds) => sum + seconds, 0);
    expect(total).toBe(75 * HOUR_SECONDS + 35 * 60 + 5);
  });

  it('has a delay after every attempt before the last, and none from the last on', () => {
    for (let attempt = 0; attempt < 30; attempt += 1)
      expect(decideRetry(attempt, { random: 0.5 }) === undefined).toBe(attempt >= LAST_ATTEMPT);
  });

  it('never shortens a scheduled delay, and never exceeds a day and a tenth for any Retry-After', () => {
    const attempt = fc.integer({ min: 0, max: LAST_ATTEMPT - 1 });
    const asked = fc.option(fc.integer({ min: 0, max: 999_999 }), { nil: undefined });
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(attempt, asked, random, (at, retryAfterSeconds, chance) => {
        const seconds = decideRetry(at, { retryAfterSeconds, random: chance }) ?? Number.NaN;
        const scheduled = DELIVERY_SCHEDULE_SECONDS[at + 1] ?? 0;
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(scheduled);
        expect(seconds).toBeLessThanOrEqual(24 * HOUR_SECONDS * 1.1);
        if (retryAfterSeconds === undefined) expect(seconds).toBeLessThanOrEqual(Math.ceil(scheduled * 1.1));
      }),
    );
  });
});
