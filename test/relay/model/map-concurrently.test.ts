// mapConcurrently: every item is handled, results keep their order, and the limit of parallel calls holds.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapConcurrently } from '../../../lib/relay/model/map-concurrently.ts';

it('returns the results in order, and never runs more calls at a time than the limit', async () => {
  const pauses = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(pauses, fc.integer({ min: 1, max: 8 }), async (items, concurrency) => {
      let [running, maxRunning] = [0, 0];
      const results = await mapConcurrently([...items.entries()], concurrency, async ([index, ticks]) => {
        running += 1;
        maxRunning = Math.max(maxRunning, running);
        for (let tick = 0; tick < ticks; tick += 1) await undefined;
        running -= 1;
        return index;
      });
      expect(results).toEqual(items.map((_, index) => index));
      expect(maxRunning).toBe(Math.min(concurrency, items.length));
    }),
    { numRuns: 50 },
  );
});
