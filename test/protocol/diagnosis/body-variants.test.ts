// The variants of a body: other texts of the same JSON, other line ends, the empty body. Their number and size are limited.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { listBodyVariants } from '../../../lib/protocol/diagnosis/body-variants.ts';

const textsOf = (body: string | Buffer, suspicion?: string) =>
  listBodyVariants(Buffer.from(body as string))
    .filter((variant) => suspicion === undefined || variant.suspicion === suspicion)
    .map((variant) => variant.body.toString());

/** Generates JSON values, and the spaces with which serializers write them. */
const json = fc.jsonValue({ maxDepth: 4 });
const indent = fc.constantFrom<string | number | undefined>(undefined, 1, 2, 3, 4, '\t');

describe('other texts of JSON', () => {
  it('have the same value', () => {
    fc.assert(
      fc.property(json, indent, (value, space) => {
        const body = JSON.stringify(value, null, space);
        for (const text of [...textsOf(body, 'json_reserialized'), ...textsOf(body, 'json_pretty_printed')])
          expect(JSON.parse(text)).toEqual(JSON.parse(body));
      }),
    );
  });

  it('do not depend on which of the texts was sent', () => {
    fc.assert(
      fc.property(json, indent, (value, space) => {
        const variants = (text: string) => [
          ...textsOf(text, 'json_reserialized'),
          ...textsOf(text, 'json_pretty_printed'),
        ];
        expect(variants(JSON.stringify(value, null, space))).toEqual(variants(JSON.stringify(value)));
      }),
    );
  });

  const BODY = '{"a":["é",1],"b":"x/y?c=1&d=<\'>","":{}}';
  test.each([
    ['JavaScript', 'json_reserialized', BODY],
    ['Python', 'json_reserialized', '{"a": ["\\u00e9", 1], "b": "x/y?c=1&d=<\'>", "": {}}'],
    ['Python without ASCII escapes', 'json_reserialized', '{"a": ["é", 1], "b": "x/y?c=1&d=<\'>", "": {}}'],
    ['PHP', 'json_reserialized', '{"a":["\\u00e9",1],"b":"x\\/y?c=1&d=<\'>","":{}}'],
    ['Go', 'json_reserialized', '{"a":["é",1],"b":"x/y?c=1\\u0026d=\\u003c\'\\u003e","":{}}'],
    ['Gson', 'json_reserialized', '{"a":["é",1],"b":"x/y?c\\u003d1\\u0026d\\u003d\\u003c\\u0027\\u003e","":{}}'],
    ['JSON.stringify(…, 2)', 'json_pretty_printed', JSON.stringify(JSON.parse(BODY), null, 2)],
    ['JSON.stringify(…, 4)', 'json_pretty_printed', JSON.stringify(JSON.parse(BODY), null, 4)],
    ['tabs', 'json_pretty_printed', JSON.stringify(JSON.parse(BODY), null, '\t')],
    ['Python, indented', 'json_pretty_printed', JSON.stringify(JSON.parse(BODY), null, 2).replace('é', '\\u00e9')],
    [
      'PHP, pretty',
      'json_pretty_printed',
      JSON.stringify(JSON.parse(BODY), null, 4).replace('é', '\\u00e9').replaceAll('/', '\\/'),
    ],
  ])('include the text that %s writes', (_what, suspicion, text) => {
    for (const sent of [BODY, ` ${BODY} \n`, JSON.stringify(JSON.parse(BODY), null, 3)])
      expect(textsOf(sent, suspicion)).toContain(text);
  });

  it('do not change separators and braces inside strings', () => {
    expect(textsOf('{"a,b:[":"\\",: {"}', 'json_reserialized')).toContain('{"a,b:[": "\\",: {"}');
  });

  test.each(['', 'hello', '{', '{"a":}', "{'a':1}", '{"a":1}{', '\ufeff{}'])(
    'do not exist for %j, which is not JSON',
    (body) => {
      expect(textsOf(body, 'json_reserialized')).toEqual([]);
      expect(textsOf(body, 'json_pretty_printed')).toEqual([]);
    },
  );
});

describe('variants of any body', () => {
  test.each([
    ['x', ['', 'x\n', 'x\r\n']],
    ['x\n', ['', 'x\n\n', 'x\n\r\n', 'x']],
    ['x\r\n', ['', 'x\r\n\n', 'x\r\n\r\n', 'x']],
    ['', ['\n', '\r\n']],
    ['\n', ['', '\n\n', '\n\r\n', '']],
    ['x\r', ['', 'x\r\n', 'x\r\r\n']],
  ])('of %j are %j', (body, variants) => {
    expect(textsOf(body)).toEqual(variants);
  });

  it('keep the bytes of a body that is not UTF-8', () => {
    const body = Buffer.from([0xff, 0xc3, 0x28]);
    const [nothing, lineFeed, crLf, ...others] = listBodyVariants(body).map((variant) => variant.body);
    expect([nothing?.length, lineFeed?.subarray(0, 3), crLf?.subarray(0, 3), others]).toEqual([0, body, body, []]);
  });
});

describe('limits', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  const longest = LIMITS.diagnosedBodyBytes;

  it('serializes JSON again exactly up to the depth that the relay accepts', () => {
    expect(textsOf(nested(LIMITS.jsonDepth), 'json_reserialized')).not.toEqual([]);
    expect(textsOf(nested(LIMITS.jsonDepth + 1), 'json_reserialized')).toEqual([]);
    expect(textsOf(`"${'['.repeat(40)}"`, 'json_reserialized')).not.toEqual([]);
    expect(textsOf(`[${Array(40).fill('[]').join()}]`, 'json_reserialized')).not.toEqual([]);
  });

  test.each([
    ['arrays of the maximum depth', nested(longest / 2 - 1)],
    ['objects of the maximum depth', `${'{"":'.repeat(3_276)}0${'}'.repeat(3_276)}`],
    ['many numbers, deep', `${'['.repeat(10)}1${',1'.repeat(longest / 2 - 11)}${']'.repeat(10)}`],
    ['many arrays, deep', `${'['.repeat(9)}[]${',[]'.repeat(5_400)}${']'.repeat(9)}`],
    ['large numbers', `[${Array(3_270).fill('1e20').join()}]`],
    ['slashes', `"${'/'.repeat(longest - 2)}"`],
    ['characters that are unsafe in HTML', `"${'&'.repeat(longest - 2)}"`],
    ['characters that are not printable ASCII', `"${'\u007f'.repeat(longest - 2)}"`],
    ['escapes', `"${'\\"'.repeat(longest / 2 - 1)}"`],
    ['an unterminated string', `"${'\\"'.repeat(longest / 2 - 1)}`],
    ['line feeds', '\n'.repeat(longest)],
  ])('makes at most 17 variants of 16 KiB (%s), with less than fifty times the bytes', (_what, body) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(longest);
    const variants = listBodyVariants(Buffer.from(body));
    expect(variants.length).toBeLessThanOrEqual(17);
    expect(variants.reduce((sum, variant) => sum + variant.body.length, 0)).toBeLessThan(50 * longest);
  });
});
