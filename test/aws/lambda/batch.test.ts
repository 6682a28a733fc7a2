// Batches with partial failure: which records a function receives again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handleQueueBatch, handleStreamBatch } from '../../../lib/aws/lambda/batch.ts';

const idOf = (record: string) => `id-${record}`;

it('handles every record and returns exactly those that failed, in order', async () => {
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

it('treats a handler that throws synchronously as a failed one', async () => {
  const handle = () => {
    throw new Error('at once');
  };
  const response = await handleQueueBatch(['a', 'b'], { idOf, handle, onFailure: () => {} });
  expect(response.batchItemFailures).toHaveLength(2);
});

describe('a stream’s batch', () => {
  const named = (name: string) => ({ batchItemFailures: [{ itemIdentifier: `id-${name}` }] });
  const noFailures = { batchItemFailures: [] };

  /**
   * Each letter of a record is a value, and `!` cannot be read. The handler handles the values before the first `x`.
   */
  function handlers() {
    const handled: string[][] = [];
    const failures: unknown[] = [];
    const read = (record: string) => {
      if (record === '!') throw new Error('unreadable');
      return [...record.replace('-', '')];
    };
    const handle = async (values: readonly string[]) => {
      handled.push([...values]);
      const stop = values.indexOf('x');
      return stop < 0 ? { done: values.length } : { done: stop, failure: new Error('x') };
    };
    return { handled, failures, idOf, read, handle, onFailure: (error: unknown) => failures.push(error) };
  }

  it('is handled together and in order, and names no record when all succeed', async () => {
    const tools = handlers();
    expect(await handleStreamBatch(['a', '-', 'bc'], tools)).toEqual(noFailures);
    expect(tools.handled).toEqual([['a', 'b', 'c']]);
    expect(tools.failures).toEqual([]);
  });

  it('names only the record of the first value that was not handled', async () => {
    const tools = handlers();
    expect(await handleStreamBatch(['a', 'bx', 'c', 'x'], tools)).toEqual(named('bx'));
    expect(tools.failures).toEqual([new Error('x')]);
  });

  it('is handled up to a record that cannot be read, which is then named', async () => {
    const tools = handlers();
    expect(await handleStreamBatch(['a', 'b', '!', 'c'], tools)).toEqual(named('!'));
    expect(tools.handled).toEqual([['a', 'b']]);
    expect(tools.failures).toEqual([new Error('unreadable')]);
    expect(await handleStreamBatch(['a', 'x', '!'], handlers())).toEqual(named('x'));
    expect(await handleStreamBatch(['!'], handlers())).toEqual(named('!'));
  });

  it('is received again as a whole when its handler throws', async () => {
    const failing = { ...handlers(), handle: async () => Promise.reject(new Error('down')) };
    expect(await handleStreamBatch(['-', 'a', 'b'], failing)).toEqual(named('a'));
    expect(failing.failures).toEqual([new Error('down')]);
  });

  it('always names the first record that was not handled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'x', '-', '!', 'ab', 'bx')), async (letters) => {
        const records = letters.map((letter, index) => ({ letter, index }));
        const { read, handle } = handlers();
        const response = await handleStreamBatch(records, {
          read: ({ letter }) => read(letter),
          handle,
          idOf: ({ index }) => String(index),
          onFailure: () => {},
        });
        const first = letters.findIndex((letter) => /[x!]/.test(letter));
        expect(response.batchItemFailures).toEqual(first < 0 ? [] : [{ itemIdentifier: String(first) }]);
      }),
    );
  });
});

it('names no record when all succeed or there are none', async () => {
  const handlers = { idOf, handle: async () => {}, onFailure: () => {} };
  expect(await handleQueueBatch(['a'], handlers)).toEqual({ batchItemFailures: [] });
  expect(await handleQueueBatch([], handlers)).toEqual({ batchItemFailures: [] });
});
