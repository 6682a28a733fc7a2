// A few at once: everything is done, in order of the answers, and never more at a time than told.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapConcurrently } from '../../../lib/relay/model/map-concurrently.ts';

it('gives every answer in its place, and never has more under way than told', async () => {
  const pauses = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(pauses, fc.integer({ min: 1, max: 8 }), async (items, atOnce) => {
      let [underWay, most] = [0, 0];
      const answers = await mapConcurrently([...items.entries()], atOnce, async ([index, ticks]) => {
        underWay += 1;
        most = Math.max(most, underWay);
        for (let tick = 0; tick < ticks; tick += 1) await undefined;
        underWay -= 1;
        return index;
      });
      expect(answers).toEqual(items.map((_, index) => index));
      expect(most).toBe(Math.min(atOnce, items.length));
    }),
    { numRuns: 50 },
  );
});
