// Messages packed for SendMessageBatch. Source: "Amazon SQS message quotas" in the developer guide: 10 entries, 1 MiB in all.

export const MESSAGE_BATCH_ENTRIES = 10;
export const MESSAGE_BATCH_BYTES = 1024 * 1024;

/** A message's text, and what it was made from. */
export interface Packed<T> {
  readonly from: T;
  readonly text: string;
}

export type MessageBatch<T> = readonly Packed<T>[];

/** In order, as many to a messageBatch as fit. A message that is too large for any goes alone, to be refused alone. */
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
