// A queue takes ten messages in one call, and no more.

const MESSAGES_TOGETHER = 10;

/** All of them, in order, ten to a part. */
export function toSqsBatches<T>(items: readonly T[]): (readonly T[])[] {
  const count = Math.ceil(items.length / MESSAGES_TOGETHER);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * MESSAGES_TOGETHER).slice(0, MESSAGES_TOGETHER),
  );
}
