// createLeakFinder: it finds secrets in any encoding, and finds nothing in texts without them.
import { createPrivateKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLeakFinder, type KnownSecret, secretBytes, secretText } from './leaks.ts';

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));

/** Imported secrets: printable ASCII of any kind. */
const imported = fc.stringMatching(/^[!-~][ -~]{30,60}[!-~]$/);

const texts = fc.oneof(
  bytes(32, 32).map((secret) => `sk_${secret.toString('base64url')}`),
  bytes(32, 32).map((secret) => `whsec_${secret.toString('base64')}`),
  imported,
);

const CARRIERS: Readonly<Record<string, (text: string) => string>> = {
  itself: (text) => text,
  JSON: (text) => JSON.stringify({ detail: `not ${text}` }),
  'JSON in JSON in a log line': (text) => JSON.stringify({ message: JSON.stringify({ body: JSON.stringify([text]) }) }),
  'a query': (text) => `?secret=${encodeURIComponent(text)}&a=1`,
  'util.inspect': (text) => inspect({ deep: [{ secret: text }] }, { depth: 5 }),
  'an error’s cause': (text) => inspect(new Error('outer', { cause: new Error(text) })),
  HTML: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'upper-case hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'a JWS': (text) => `e30.${Buffer.from(JSON.stringify({ a: 1, text })).toString('base64url')}.AAAA`,
  'its first half': (text) => `…${text.slice(0, Math.ceil(text.length / 2) + 6)}…`,
  'its second half': (text) => `…${text.slice(Math.floor(text.length / 2))}`,
};

describe('a secret text', () => {
  it.each(Object.keys(CARRIERS))('is found in this form: %s', (name) => {
    fc.assert(
      fc.property(texts, fc.string({ maxLength: 7 }), (text, before) => {
        const carried = CARRIERS[name]?.(text) ?? '';
        // The space separates the random text from hex or base64, which would otherwise become another word.
        const found = createLeakFinder([secretText('it', text)])(`${before} ${carried}`);
        // Inside the base64url of a JWS the text has the escapes of JSON, so only texts without escapes can be found.
        if (name === 'a JWS' && JSON.stringify(text) !== `"${text}"`) return;
        expect({ text, carried, found }).toEqual({ text, carried, found: ['it'] });
      }),
    );
  });

  it('is found by the bytes that it encodes', () => {
    const own = randomBytes(32);
    const find = createLeakFinder([secretText('it', `sk_${own.toString('base64url')}`)]);
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(find(own.toString(encoding))).toEqual(['it']);
  });
});

it('the seed of a private key is found in PEM, JWK and hex, after any number of other bytes', () => {
  const seed = randomBytes(32);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const find = createLeakFinder([secretBytes('it', seed)]);
  const shown = [
    key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    JSON.stringify(key.export({ format: 'jwk' })),
    der.toString('hex'),
    ...[0, 1, 2, 3].map((before) => Buffer.concat([Buffer.alloc(before), seed, Buffer.alloc(2)]).toString('base64')),
  ];
  for (const text of shown) expect(find(text)).toEqual(['it']);
});

it('a secret that is not in a text is not found, and a secret that is too short is refused', () => {
  fc.assert(
    fc.property(
      fc.array(texts, { minLength: 1, maxLength: 4 }),
      texts,
      fc.constantFrom(...Object.keys(CARRIERS)),
      (secrets, other, name) => {
        const known = secrets.filter((text) => text !== other).map((text): KnownSecret => secretText('it', text));
        const isAlike = known.some(
          ({ texts: [text = ''] }) => createLeakFinder([secretText('other', other)])(text).length > 0,
        );
        if (!isAlike) expect(createLeakFinder(known)(CARRIERS[name]?.(other) ?? '')).toEqual([]);
      },
    ),
  );
  expect(() => createLeakFinder([secretText('it', 'only fifteen ch')])).toThrow('too short');
});
