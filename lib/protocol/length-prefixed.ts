// An unambiguous encoding of a list of texts, for bytes that are hashed.

/**
 * Returns the texts in UTF-8, each after its length in bytes (4 bytes, big-endian).
 * Two different lists never give the same bytes.
 */
export function lengthPrefixed(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
