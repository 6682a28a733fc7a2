// Escaped bytes: every byte can be read back, and the text is printable ASCII, so that it cannot control a terminal.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeBytes } from '../../../lib/protocol/diagnosis/escape-bytes.ts';

test.each([
  ['', ''],
  ['{"a": "b/c"}', '{"a": "b/c"}'],
  ['1800000000.{}\n', '1800000000.{}\\n'],
  ['\r\n\t', '\\r\\n\\t'],
  ['\\n', '\\\\n'],
  ['\\', '\\\\'],
  ['é', '\\xc3\\xa9'],
  ['\u0000\u001b[31m\u007f', '\\x00\\x1b[31m\\x7f'],
  ['~ !', '~ !'],
])('writes %j as %s', (text, escaped) => {
  expect(escapeBytes(Buffer.from(text))).toBe(escaped);
});

test('writes printable ASCII from which every byte can be read back', () => {
  const named: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '\\': 92 };
  const readBack = (text: string) =>
    [...text.matchAll(/\\x([0-9a-f]{2})|\\([nrt\\])|([^\\])/g)].map(([, hex, name, plain]) =>
      hex ? Number.parseInt(hex, 16) : (named[name ?? ''] ?? plain?.charCodeAt(0)),
    );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = escapeBytes(bytes);
      expect(text).toMatch(/^[\x20-\x7e]*$/);
      expect(readBack(text)).toEqual([...bytes]);
    }),
  );
});
