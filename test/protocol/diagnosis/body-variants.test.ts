// What a body may have been when it was signed: other texts of the same JSON, other line ends, nothing; and never too much.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { listBodyVariants } from '../../../lib/protocol/diagnosis/body-variants.ts';

const textsOf = (body: string | Buffer, suspicion?: string) =>
  listBodyVariants(Buffer.from(body as string))
    .filter((one) => suspicion === undefined || one.suspicion === suspicion)
    .map((one) => one.body.toString());

/** JSON as some serializer writes it: other spaces around the same tokens. */
const json = fc.jsonValue({ maxDepth: 4 });
const indent = fc.constantFrom<string | number | undefined>(undefined, 1, 2, 3, 4, '\t');

describe('other texts', () => {
  it('mean the same', () => {
    fc.assert(
      fc.property(json, indent, (value, space) => {
        const body = JSON.stringify(value, null, space);
        for (const text of [...textsOf(body, 'json_reserialized'), ...textsOf(body, 'json_pretty_printed')])
          expect(JSON.parse(text)).toEqual(JSON.parse(body));
      }),
    );
  });

  it('are the same ones whichever of them is sent', () => {
    fc.assert(
      fc.property(json, indent, (value, space) => {
        const of = (text: string) => [...textsOf(text, 'json_reserialized'), ...textsOf(text, 'json_pretty_printed')];
        expect(of(JSON.stringify(value, null, space))).toEqual(of(JSON.stringify(value)));
      }),
    );
  });

  const BODY = '{"a":["é",1],"b":"x/y?c=1&d=<\'>","":{}}';
  test.each([
    ['JavaScript', 'json_reserialized', BODY],
    ['Python', 'json_reserialized', '{"a": ["\\u00e9", 1], "b": "x/y?c=1&d=<\'>", "": {}}'],
    ['Python, told to keep letters', 'json_reserialized', '{"a": ["é", 1], "b": "x/y?c=1&d=<\'>", "": {}}'],
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
  ])('are what %s writes', (_what, suspicion, text) => {
    for (const sent of [BODY, ` ${BODY} \n`, JSON.stringify(JSON.parse(BODY), null, 3)])
      expect(textsOf(sent, suspicion)).toContain(text);
  });

  it('leave separators and braces inside strings alone', () => {
    expect(textsOf('{"a,b:[":"\\",: {"}', 'json_reserialized')).toContain('{"a,b:[": "\\",: {"}');
  });

  test.each(['', 'hello', '{', '{"a":}', "{'a':1}", '{"a":1}{', '\ufeff{}'])(
    'of %j, which is no JSON, are none',
    (body) => {
      expect(textsOf(body, 'json_reserialized')).toEqual([]);
      expect(textsOf(body, 'json_pretty_printed')).toEqual([]);
    },
  );
});

describe('the end and the whole', () => {
  test.each([
    ['x', ['', 'x\n', 'x\r\n']],
    ['x\n', ['', 'x\n\n', 'x\n\r\n', 'x']],
    ['x\r\n', ['', 'x\r\n\n', 'x\r\n\r\n', 'x']],
    ['', ['\n', '\r\n']],
    ['\n', ['', '\n\n', '\n\r\n', '']],
    ['x\r', ['', 'x\r\n', 'x\r\r\n']],
  ])('of %j may have been %j', (body, variants) => {
    expect(textsOf(body)).toEqual(variants);
  });

  it('are the bytes themselves, also where they are no text', () => {
    const body = Buffer.from([0xff, 0xc3, 0x28]);
    const [nothing, lineFeed, crLf, ...others] = listBodyVariants(body).map((one) => one.body);
    expect([nothing?.length, lineFeed?.subarray(0, 3), crLf?.subarray(0, 3), others]).toEqual([0, body, body, []]);
  });
});

describe('bounds', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  const longest = LIMITS.diagnosedBodyBytes;

  it('JSON is written anew exactly as deep as the relay takes it', () => {
    expect(textsOf(nested(LIMITS.jsonDepth), 'json_reserialized')).not.toEqual([]);
    expect(textsOf(nested(LIMITS.jsonDepth + 1), 'json_reserialized')).toEqual([]);
    expect(textsOf(`"${'['.repeat(40)}"`, 'json_reserialized')).not.toEqual([]);
    expect(textsOf(`[${Array(40).fill('[]').join()}]`, 'json_reserialized')).not.toEqual([]);
  });

  test.each([
    ['as deep as fits', nested(longest / 2 - 1)],
    ['objects as deep as fits', `${'{"":'.repeat(3_276)}0${'}'.repeat(3_276)}`],
    ['many numbers, deep', `${'['.repeat(10)}1${',1'.repeat(longest / 2 - 11)}${']'.repeat(10)}`],
    ['many arrays, deep', `${'['.repeat(9)}[]${',[]'.repeat(5_400)}${']'.repeat(9)}`],
    ['large numbers', `[${Array(3_270).fill('1e20').join()}]`],
    ['slashes', `"${'/'.repeat(longest - 2)}"`],
    ['what HTML does not take', `"${'&'.repeat(longest - 2)}"`],
    ['what ASCII has not', `"${'\u007f'.repeat(longest - 2)}"`],
    ['escapes', `"${'\\"'.repeat(longest / 2 - 1)}"`],
    ['a string that does not end', `"${'\\"'.repeat(longest / 2 - 1)}`],
    ['line feeds', '\n'.repeat(longest)],
  ])('of 16 KiB, %s, there are at most 17 variants, and not fifty times as many bytes', (_what, body) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(longest);
    const variants = listBodyVariants(Buffer.from(body));
    expect(variants.length).toBeLessThanOrEqual(17);
    expect(variants.reduce((sum, one) => sum + one.body.length, 0)).toBeLessThan(50 * longest);
  });
});
