// The canonical text of an inner list equals the library's text, also when the library is bypassed for canonical input.
import fc from 'fast-check';
import { type InnerList, parseDictionary, serializeInnerList } from 'structured-headers';
import { expect, test } from 'vitest';
import { canonicalInnerList } from '../../../lib/protocol/headers/structured-dictionary.ts';

const items = fc.array(fc.constantFrom('"@method"', '"x"', '"x";sf', '"A"', 'tok', '1', '""', '"a b"'), {
  maxLength: 4,
});
const values = [
  '',
  '=1',
  '=0',
  '=01',
  '=1.50',
  '=-0',
  '=123456789012345',
  '="x y"',
  '="x\\"y"',
  '="\\\\"',
  '=""',
  '="("',
];
const parameters = fc.uniqueArray(
  fc.tuple(fc.constantFrom('created', 'a', 'b1', '*', 'k-y'), fc.constantFrom(...values, '=tok', '=?1', '=:AA==:')),
  { maxLength: 5, selector: ([name]) => name },
);

test('canonicalInnerList returns the library’s text for every list without repeated parameters', () => {
  let canonical = 0;
  fc.assert(
    fc.property(
      items,
      fc.constantFrom(' ', '  '),
      parameters,
      fc.constantFrom(';', '; '),
      (list, space, named, semicolon) => {
        const member = `(${list.join(space)})${named.map((pair) => semicolon + pair.join('')).join('')}`;
        const written = serializeInnerList(parseDictionary(`member=${member}`).get('member') as InnerList);
        if (written === member) canonical += 1;
        expect(canonicalInnerList(member)).toBe(written);
      },
    ),
    { numRuns: 5000 },
  );
  expect(canonical).toBeGreaterThan(100);
});

test('canonicalInnerList returns undefined for another member and for an invalid text', () => {
  for (const text of ['', '1', '"a"', ':AA==:', '(', '("a"', '("a"));x', '("a");', '("é")', '\0', '("a");x=\\'])
    expect([text, canonicalInnerList(text)]).toEqual([text, undefined]);
});
