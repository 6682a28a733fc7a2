// Strict JSON: the same value for every reader, or a refusal that says why.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../lib/protocol/strict-json.ts';

const read = (text: string) => parseStrictJson(Buffer.from(text));

test.each([
  ['{"a":1,"a":1}', 'has the member a twice'],
  ['{"a":{"b":[{"c":1,"d":2,"c":3}]}}', 'has the member c twice'],
  ['{"a":1,"\\u0061":2}', 'has the member a twice'],
  ['{"a":[{}],"b":2,"a" \n :3}', 'has the member a twice'],
  ['{"\\"":1,"\\"":2}', 'has a member twice'],
  [`{"${'n'.repeat(41)}":1,"${'n'.repeat(41)}":2}`, 'has a member twice'],
  ['\ufeff{}', 'begins with a byte order mark'],
  ['{"a":1}x', 'is not JSON'],
  ["{'a':1}", 'is not JSON'],
  ['', 'is not JSON'],
  ['{"a":"\\ud800"}', 'is not I-JSON'],
  ['{"\\udc00":1}', 'is not I-JSON'],
  ['[1e999]', 'is not I-JSON'],
  ['{"__proto__":1}', 'is not I-JSON'],
  ['['.repeat(17) + ']'.repeat(17), 'is nested more than 16 levels deep'],
  ['['.repeat(60_000) + ']'.repeat(60_000), 'is nested more than 16 levels deep'],
])('refuses %s: it %s', (text, reason) => {
  expect(read(text)).toEqual({ ok: false, problem: 'json_not_strict', reason });
});

test('refuses bytes that are not UTF-8', () => {
  expect(parseStrictJson(Buffer.from('"é"', 'latin1'))).toMatchObject({ reason: 'is not UTF-8' });
});

describe('accepts', () => {
  test.each([
    '{"a":{"a":{"a":1}},"b":"a\\":","c":"{\\"a\\":1,\\"a\\":2}"}',
    '[{"a":1},{"a":2}]',
    'null',
    '"}{"',
    '{"a":"\\\\","b":"\\""}',
  ])('%s', (text) => {
    expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test('every value of I-JSON that our own side writes', () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((each) => !/"__proto__"/.test(JSON.stringify(each)));
    fc.assert(
      fc.property(value, (each) => {
        const text = JSON.stringify(each);
        expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });
});

test('finds a repeated member wherever it is put', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(names, fc.nat(), (keys, at) => {
      const members = keys.map((key) => `${JSON.stringify(key)}:{"x":[]}`);
      expect(read(`{${members}}`).ok).toBe(!keys.includes('__proto__') && keys.every((key) => key.isWellFormed()));
      expect(read(`{${[...members, members[at % members.length]]}}`)).toMatchObject({ ok: false });
    }),
  );
});
