// Any text that a JavaScript string can be: controls, ASCII, pairs of surrogates and lone ones, and names that objects have.
import fc from 'fast-check';

const between = (min: number, max: number, toText: (code: number) => string) => fc.integer({ min, max }).map(toText);

const pieces = fc.oneof(
  between(0, 0x7f, String.fromCharCode),
  between(0, 0xffff, String.fromCharCode),
  between(0xd800, 0xdfff, String.fromCharCode),
  between(0x10000, 0x10ffff, String.fromCodePoint),
);

const NAMES = ['__proto__', 'constructor', 'toString', 'valueOf'];

/** At most so many pieces. The `binary` unit of fast-check gives fewer kinds, and takes seconds when it is first used. */
export function anyText(size: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(pieces, size).map((list) => list.join('')) },
    { weight: 2, arbitrary: fc.string(size) },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES.map((name) => name.slice(0, size.maxLength))) },
  );
}

/** Any text that has a UTF-8 form. */
export function wellFormedText(size: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return anyText(size).map((text) => text.toWellFormed());
}
