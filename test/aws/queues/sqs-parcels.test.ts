// How messages are packed for SendMessageBatch.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PARCEL_BYTES, PARCEL_ENTRIES, packParcels } from '../../../lib/aws/queues/sqs-parcels.ts';

const bytesOf = (parcel: readonly { readonly text: string }[]) =>
  parcel.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);

/** Sizes in bytes, of characters that take two. */
const messagesOf = (sizes: readonly number[]) =>
  sizes.map((size, from) => ({ from, text: 'ü'.repeat(size / 2) + 'x'.repeat(size % 2) }));

it('keeps every message and their order, within ten and a MiB, and opens no parcel without need', () => {
  const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(PARCEL_BYTES + 2)), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, (chosen) => {
      const messages = messagesOf(chosen);
      const parcels = packParcels(messages);
      expect(parcels.flat()).toEqual(messages);
      for (const [index, parcel] of parcels.entries()) {
        expect(parcel.length).toBeLessThanOrEqual(PARCEL_ENTRIES);
        expect(parcel.length === 1 || bytesOf(parcel) <= PARCEL_BYTES).toBe(true);
        const [next] = parcels[index + 1] ?? [];
        if (next) expect(parcel.length === PARCEL_ENTRIES || bytesOf([...parcel, next]) > PARCEL_BYTES).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

it('fills a parcel to the last byte, and not by one more', () => {
  const lengths = (sizes: readonly number[]) => packParcels(messagesOf(sizes)).map((parcel) => parcel.length);
  expect(lengths([PARCEL_BYTES - 1, 1])).toEqual([2]);
  expect(lengths([PARCEL_BYTES - 1, 2])).toEqual([1, 1]);
  expect(lengths(Array.from({ length: 21 }, () => 1))).toEqual([10, 10, 1]);
});

it('sends a message that is too large for any parcel alone', () => {
  expect(packParcels(messagesOf([1, PARCEL_BYTES + 1, 1])).map((parcel) => parcel.length)).toEqual([1, 1, 1]);
});
