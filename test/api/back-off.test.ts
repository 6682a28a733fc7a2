// The back-off between retries is never negative and never longer than a minute.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BACK_OFF_CAP_MS, backOffMs } from '../../lib/api/back-off.ts';

test('backOffMs returns a wait of less than a minute, for any number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const ms = backOffMs(failures, random);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThan(BACK_OFF_CAP_MS);
      },
    ),
  );
});
