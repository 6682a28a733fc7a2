// How messages are packed for SendMessageBatch.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  MESSAGE_BATCH_BYTES,
  MESSAGE_BATCH_ENTRIES,
  packMessageBatches,
} from '../../../lib/aws/queues/sqs-message-batches.ts';

const bytesOf = (messageBatch: readonly { readonly text: string }[]) =>
  messageBatch.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);

/** Returns texts of these sizes in bytes, made of two-byte characters. */
const messagesOf = (sizes: readonly number[]) =>
  sizes.map((size, from) => ({ from, text: 'ü'.repeat(size / 2) + 'x'.repeat(size % 2) }));

it('keeps every message in order, within ten entries and 1 MiB, and starts a batch only when needed', () => {
  const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(MESSAGE_BATCH_BYTES + 2)), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, (chosen) => {
      const messages = messagesOf(chosen);
      const messageBatches = packMessageBatches(messages);
      expect(messageBatches.flat()).toEqual(messages);
      for (const [index, messageBatch] of messageBatches.entries()) {
        expect(messageBatch.length).toBeLessThanOrEqual(MESSAGE_BATCH_ENTRIES);
        expect(messageBatch.length === 1 || bytesOf(messageBatch) <= MESSAGE_BATCH_BYTES).toBe(true);
        const [next] = messageBatches[index + 1] ?? [];
        if (next)
          expect(
            messageBatch.length === MESSAGE_BATCH_ENTRIES || bytesOf([...messageBatch, next]) > MESSAGE_BATCH_BYTES,
          ).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

it('fills a batch to the last byte and no further', () => {
  const lengths = (sizes: readonly number[]) =>
    packMessageBatches(messagesOf(sizes)).map((messageBatch) => messageBatch.length);
  expect(lengths([MESSAGE_BATCH_BYTES - 1, 1])).toEqual([2]);
  expect(lengths([MESSAGE_BATCH_BYTES - 1, 2])).toEqual([1, 1]);
  expect(lengths(Array.from({ length: 21 }, () => 1))).toEqual([10, 10, 1]);
});

it('gives a message that is too large for any batch its own batch', () => {
  expect(
    packMessageBatches(messagesOf([1, MESSAGE_BATCH_BYTES + 1, 1])).map((messageBatch) => messageBatch.length),
  ).toEqual([1, 1, 1]);
});
