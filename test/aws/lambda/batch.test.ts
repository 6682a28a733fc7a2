// Batches with partial failure.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handleQueueBatch, handleStreamBatch } from '../../../lib/aws/lambda/batch.ts';

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
  const named = (name: string) => ({ batchItemFailures: [{ itemIdentifier: `id-${name}` }] });
  const noFailures = { batchItemFailures: [] };

  /** Each letter of a record is a value; `!` cannot be read. Handles values up to the first `x`. */
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

  it('is handled together, in order, and names none when all went well', async () => {
    const tools = handlers();
    expect(await handleStreamBatch(['a', '-', 'bc'], tools)).toEqual(noFailures);
    expect(tools.handled).toEqual([['a', 'b', 'c']]);
    expect(tools.failures).toEqual([]);
  });

  it('names the record of the first value that is not done, and no other', async () => {
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

  it('comes back whole when its handler throws', async () => {
    const failing = { ...handlers(), handle: async () => Promise.reject(new Error('down')) };
    expect(await handleStreamBatch(['-', 'a', 'b'], failing)).toEqual(named('a'));
    expect(failing.failures).toEqual([new Error('down')]);
  });

  it('names the first record that is not done, whichever it is', async () => {
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

it('names none when all went well, and none of none', async () => {
  const handlers = { idOf, handle: async () => {}, onFailure: () => {} };
  expect(await handleQueueBatch(['a'], handlers)).toEqual({ batchItemFailures: [] });
  expect(await handleQueueBatch([], handlers)).toEqual({ batchItemFailures: [] });
});
