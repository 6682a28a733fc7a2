// Groups of a stream's items.
import { expect, it } from 'vitest';
import { inChunks } from '../../../lib/relay/model/in-chunks.ts';

it.each([
  [[], []],
  [[1], [[1]]],
  [[1, 2], [[1, 2]]],
  [
    [1, 2, 3],
    [[1, 2], [3]],
  ],
])('groups %j into %j', async (items, groups) => {
  expect(await Array.fromAsync(inChunks(items, 2))).toEqual(groups);
});
