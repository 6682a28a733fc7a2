// Arbitrary texts for property tests: control characters, ASCII, surrogate pairs, lone surrogates, and property names.
import fc from 'fast-check';

const between = (min: number, max: number, toText: (code: number) => string) => fc.integer({ min, max }).map(toText);

const pieces = fc.oneof(
  between(0, 0x7f, String.fromCharCode),
  between(0, 0xffff, String.fromCharCode),
  between(0xd800, 0xdfff, String.fromCharCode),
  between(0x10000, 0x10ffff, String.fromCodePoint),
);

const NAMES = ['__proto__', 'constructor', 'toString', 'valueOf'];

/**
 * Returns an arbitrary of any JavaScript string, of at most `maxLength` pieces. fast-check's unit `binary` has fewer kinds
 * of text and takes seconds at its first use.
 */
export function anyText(size: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(pieces, size).map((list) => list.join('')) },
    { weight: 2, arbitrary: fc.string(size) },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES.map((name) => name.slice(0, size.maxLength))) },
  );
}

/** Returns an arbitrary of any text that UTF-8 can encode. */
export function wellFormedText(size: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return anyText(size).map((text) => text.toWellFormed());
}
