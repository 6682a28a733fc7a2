// Encodings of signatures and ids: every byte string has one text, and every other text is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase32 } from '../../lib/protocol/base32.ts';
import { ENCODINGS, type EncodingName } from '../../lib/protocol/encoding.ts';
import { anyText } from '../support/any-text.ts';
import { readVectors } from '../vectors/read-vectors.ts';

type Vector = Record<'text' | 'base64' | 'base64url' | 'base32', string>;
const { tests } = readVectors<Vector>('rfc4648-encodings.json');

test.each(tests)('writes $comment as the RFC does', ({ input }) => {
  const bytes = Buffer.from(input.text);
  expect(ENCODINGS.base64.encode(bytes)).toBe(input.base64);
  expect(ENCODINGS.base64url.encode(bytes)).toBe(input.base64url);
  expect(encodeBase32(bytes)).toBe(input.base32);
});

const NAMES = Object.keys(ENCODINGS) as EncodingName[];
const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 }).map((list) => Buffer.from(list));
const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((list) => Buffer.from(list));

describe.each(NAMES)('%s', (name) => {
  const { encode, decode } = ENCODINGS[name];
  const is32Bytes = name.startsWith('hex');
  /** Returns how the bytes of a text are written again: as the same text, or in lower case if either case is read. */
  const asWritten = (text: string) => (name === 'hex_either_case' ? text.toLowerCase() : text);

  test('reads back what it writes', () => {
    fc.assert(
      fc.property(is32Bytes ? hashes : bytes, (some) => {
        expect(decode(encode(some))).toEqual(some);
      }),
    );
  });

  test('reads only the texts that it writes', () => {
    const alphabet = fc.string({ unit: fc.constantFrom(...'AZaz019+/-_=fF \n'), maxLength: 68 });
    const digits = fc.string({ unit: fc.constantFrom(...'019afAF'), minLength: 63, maxLength: 65 });
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(alphabet, digits, anyText({ maxLength: 70 }), hashes.map(encode)), (text) => {
        const content = decode(text);
        if (!content) return;
        read += 1;
        expect(encode(content)).toBe(asWritten(text));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test('refuses a written text with one changed character, or reads it as other bytes', () => {
    const printable = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(hashes, fc.nat(), printable, (some, at, character) => {
        const text = encode(some);
        const place = at % text.length;
        const changed = text.slice(0, place) + character + text.slice(place + 1);
        if (asWritten(changed) !== text) expect(decode(changed)?.equals(some)).not.toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

const good = '0123456789abcdef'.repeat(4);

describe('hex in either case', () => {
  test.each([
    ['lower case', good],
    ['upper case', good.toUpperCase()],
    ['mixed case', good.slice(0, 32) + good.slice(32).toUpperCase()],
  ])('reads %s, but writes lower case', (_what, text) => {
    const content = ENCODINGS.hex_either_case.decode(text) ?? Buffer.alloc(0);
    expect(ENCODINGS.hex_either_case.encode(content)).toBe(good);
  });
});

describe.each(['hex', 'hex_either_case'] as const)('%s', (name) => {
  test.each([
    ['an empty text', ''],
    ['63 characters', good.slice(1)],
    ['65 characters', `${good}0`],
    ['62 characters', good.slice(2)],
    ['128 characters', good + good],
    ['a letter beyond f', `${good.slice(0, 63)}g`],
    ['a line feed at the end', `${good}\n`],
    ['a line feed as the last character', `${good.slice(0, 63)}\n`],
    ['a NUL as the last character', `${good.slice(0, 63)}\0`],
    ['a full-width digit', `${good.slice(0, 63)}１`],
    ['a Kelvin sign, whose lower case is a letter', `${good.slice(0, 63)}\u212a`],
    ['0x before it', `0x${good.slice(2)}`],
  ])('refuses %s', (_what, text) => expect(ENCODINGS[name].decode(text)).toBeUndefined());
});

describe('lower-case hex', () => {
  test.each([
    ['upper case', good.toUpperCase()],
    ['one upper-case letter', `${good.slice(0, 63)}F`],
  ])('refuses %s', (_what, text) => expect(ENCODINGS.hex.decode(text)).toBeUndefined());
});

describe('base64', () => {
  test.each([
    ['an empty text', ''],
    ['no padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zg==='],
    ['only padding', '===='],
    ['superfluous padding', 'Zm9v='],
    ['padding within', 'Zg==Zg=='],
    ['tail bits', 'Zh=='],
    ['tail bits of a longer text', 'Zm9='],
    ['one character too many', 'Zm9vY'],
    ['base64url characters', 'ab-_'],
    ['a space', 'Zm 9'],
    ['a line feed at the end', 'Zm9v\n'],
    ['a NUL', 'Zm9\0'],
    ['letters outside ASCII', 'Zm9ä'],
  ])('refuses %s', (_what, text) => expect(ENCODINGS.base64.decode(text)).toBeUndefined());
});

describe('base64url', () => {
  test.each([
    ['an empty text', ''],
    ['padding', 'Zg=='],
    ['tail bits', 'Zh'],
    ['tail bits of a longer text', 'Zm9'],
    ['one character too many', 'Zm9vY'],
    ['base64 characters', 'ab+/'],
    ['a line feed at the end', 'Zm9v\n'],
    ['a dot', 'Zm9v.Zm9v'],
  ])('refuses %s', (_what, text) => expect(ENCODINGS.base64url.decode(text)).toBeUndefined());
});

describe('base32', () => {
  test('has five bits a character, and an alphabet that never needs escaping', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        expect(encodeBase32(some)).toMatch(/^[a-z2-7]+$/);
        expect(encodeBase32(some)).toHaveLength(Math.ceil((some.length * 8) / 5));
      }),
    );
  });

  test('writes different bytes of the same length as different texts', () => {
    fc.assert(
      fc.property(hashes, hashes, (first, second) => {
        expect(encodeBase32(first) === encodeBase32(second)).toBe(first.equals(second));
      }),
    );
  });
});
