// Splits work for SQS, whose batch calls take at most ten entries.

const MESSAGES_PER_CALL = 10;

/** Returns the items in order, in groups of at most ten. No items give no group. */
export function toSqsBatches<T>(items: readonly T[]): (readonly T[])[] {
  const count = Math.ceil(items.length / MESSAGES_PER_CALL);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * MESSAGES_PER_CALL).slice(0, MESSAGES_PER_CALL),
  );
}
