// Messages packed for SendMessageBatch: at most 10 entries and 1 MiB in all.

/** Entries in one batch. Source: "Amazon SQS message quotas" in the SQS developer guide. */
export const MESSAGE_BATCH_ENTRIES = 10;
/** Bytes of all message texts in one batch. Source: as above. */
export const MESSAGE_BATCH_BYTES = 1024 * 1024;

/** A message's text and the value that it was made from. */
export interface Packed<T> {
  readonly from: T;
  readonly text: string;
}

export type MessageBatch<T> = readonly Packed<T>[];

/**
 * Returns the messages in order, packed into as few batches as their order allows. A message that is too large for any
 * batch gets its own, so that SQS rejects it alone.
 */
export function packMessageBatches<T>(messages: readonly Packed<T>[]): readonly MessageBatch<T>[] {
  const messageBatches: Packed<T>[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.text);
    const last = messageBatches.at(-1);
    if (last && last.length < MESSAGE_BATCH_ENTRIES && bytes <= room) last.push(message);
    else messageBatches.push([message]);
    room = (messageBatches.at(-1) === last ? room : MESSAGE_BATCH_BYTES) - bytes;
  }
  return messageBatches;
}
