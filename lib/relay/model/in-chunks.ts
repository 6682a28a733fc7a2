// Groups a stream of items, so that one call can handle many of them.

/** The most rows that one batch read returns. Source: the API reference of BatchGetItem. */
export const ROWS_PER_READ = 100;

/** Yields the items in order, in groups of `size`. Only the last group may be smaller. */
export async function* inChunks<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size = ROWS_PER_READ,
): AsyncIterable<readonly T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
