// Batches with partial failure.
import { describe, expect, it } from 'vitest';
import { handleQueueBatch, handleStreamBatch } from '../../lib/aws/batch.ts';

const idOf = (record: string) => `id-${record}`;

it('tries every record and names exactly those that failed, in order', async () => {
  const tried: string[] = [];
  const failures: unknown[] = [];
  const response = await handleQueueBatch(['a', 'bad', 'c', 'worse'], {
    idOf,
    onFailure: (error) => failures.push(error),
    async handle(record) {
      tried.push(record);
      if (record.length > 1) throw new Error(record);
    },
  });
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'id-bad' }, { itemIdentifier: 'id-worse' }] });
  expect(tried).toEqual(['a', 'bad', 'c', 'worse']);
  expect(failures).toEqual([new Error('bad'), new Error('worse')]);
});

it('takes a handler that throws at once for one that fails', async () => {
  const handle = () => {
    throw new Error('at once');
  };
  const response = await handleQueueBatch(['a', 'b'], { idOf, handle, onFailure: () => {} });
  expect(response.batchItemFailures).toHaveLength(2);
});

describe('a stream’s batch', () => {
  const handlers = (tried: string[]) => ({
    idOf,
    onFailure: () => {},
    async handle(record: string) {
      tried.push(record);
      if (record === 'bad') throw new Error(record);
    },
  });

  it('stops at the first failure and names it, so that nothing behind it is done twice', async () => {
    const tried: string[] = [];
    const response = await handleStreamBatch(['a', 'bad', 'c'], handlers(tried));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'id-bad' }] });
    expect(tried).toEqual(['a', 'bad']);
  });

  it('keeps the order and names none when all went well', async () => {
    const tried: string[] = [];
    expect(await handleStreamBatch(['a', 'b', 'c'], handlers(tried))).toEqual({ batchItemFailures: [] });
    expect(tried).toEqual(['a', 'b', 'c']);
  });
});

it('names none when all went well, and none of none', async () => {
  const handlers = { idOf, handle: async () => {}, onFailure: () => {} };
  expect(await handleQueueBatch(['a'], handlers)).toEqual({ batchItemFailures: [] });
  expect(await handleQueueBatch([], handlers)).toEqual({ batchItemFailures: [] });
});
