// Hostile headers: parsing never throws, never takes long, and never obeys a text other than the signed one.
import fc from 'fast-check';
import { type InnerList, parseDictionary } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import { parseContentDigest } from '../../../lib/protocol/headers/content-digest.ts';
import { readDictionary } from '../../../lib/protocol/headers/structured-dictionary.ts';
import type { SignatureClaim } from '../../../lib/protocol/profiles/signature-claim.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { parseRfc9421 } from '../../../lib/protocol/signatures/rfc9421.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { anyText } from '../../support/any-text.ts';
import { answerOf, requestOf, withHeaders } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';

const ed25519 = INBOUND_ROWS.find(({ name }) => name === 'rfc9421 with ed25519');
if (!ed25519) throw new Error('There is no row for Ed25519.');
const DELIMITED = INBOUND_ROWS.filter(({ profile }) => profile !== 'rfc9421');
const { request: signed, key, signedAtMs } = ed25519.example;
const INPUT = signed.headers['signature-input'] ?? '';
const SIGNED = INPUT.slice('sig='.length);

/** The same parameters with another time and nonce, as an attacker who captured the request wants us to read them. */
const FORGED = SIGNED.replace('created=1800000000', 'created=1800009999').replace('nonce="0', 'nonce="f');

/** Pieces that begin or end strings, lists, members and keys. */
const PIECES = [
  ...['"', '\\', '%"', '\\"', '%"\\"', '"\\""', '(', ')', ';', ',', ', ', '=', ':', ' ', '\t', '?1', '@1', '1.0', '-0'],
  ...[
    'sig',
    'sig=',
    'a=',
    'b',
    'x=1',
    'tag',
    'tag="signet"',
    ';tag="signet"',
    'constructor',
    '__proto__',
    '*',
    'é',
    '\0',
  ],
  ...[`sig=${SIGNED}`, `sig=${FORGED}`, `, sig=${SIGNED}`, `, sig=${FORGED}`, ', y=', ', w=', SIGNED, FORGED],
];
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((list) => list.join(''));
const text = fc.oneof(pieces, anyText({ maxLength: 200 }));

/** Returns the parameters of the signed text, read only with the library. */
function readSigned(claim: SignatureClaim): Readonly<Record<string, unknown>> {
  const lines = Buffer.from(claim.signedContent).toString('utf8').split('\n');
  const line = lines.at(-1)?.replace('"@signature-params": ', '') ?? '';
  const [components, parameters] = parseDictionary(`sig=${line}`).get('sig') as InnerList;
  const covered = components.map(([name]) => `"${name}"`);
  expect(lines.slice(0, -1).map((componentLine) => componentLine.slice(0, componentLine.indexOf(':')))).toEqual(
    covered,
  );
  return Object.fromEntries(parameters);
}

function expectToObeyWhatIsSigned(claim: SignatureClaim): void {
  const { created, nonce, keyid, alg, tag } = readSigned(claim);
  expect({ created, nonce, keyid, alg, tag }).toEqual({
    created: claim.timestampMs / 1000,
    nonce: claim.nonce,
    keyid: claim.keyId,
    alg: claim.algorithm,
    tag: 'signet',
  });
}

describe('a captured request', () => {
  const verifyWith = (signatureInput: string, nowMs: number) => {
    const claim = parseRfc9421(withHeaders(signed, { 'signature-input': signatureInput }));
    return claim.ok ? answerOf(verifyRequest(claim.value, key, nowMs)) : answerOf(claim);
  };

  test('is accepted as it was signed', () => {
    expect(verifyWith(INPUT, signedAtMs)).toEqual({ ok: true });
  });

  // If the whole field is parsed, the last member of a repeated key wins. A splitter that reads the backslash of a display
  // string as an escape finds the first one. A relay with both would accept new parameters with the old signature.
  test.each([
    `sig=${FORGED}, y=%"\\", sig=${SIGNED}, w="\\""`,
    `sig=${FORGED}, y="a";z=%"\\", sig=${SIGNED}, w="\\""`,
    `y=%"\\", sig=${SIGNED}, w="\\"", sig=${FORGED}`,
    `sig=${FORGED}, sig=${SIGNED}`,
    `sig=${FORGED};x="\\", sig=${SIGNED}`,
    `sig=${FORGED}, sig;x="${SIGNED.replaceAll('"', '')}"`,
    `sig=${SIGNED};created=1800009999`,
    `sig=${SIGNED};nonce="ffffffffffffffff"`,
  ])('is refused with a new time or nonce: %s', (signatureInput) => {
    for (const nowMs of [signedAtMs, signedAtMs + 9_999_000]) expect(verifyWith(signatureInput, nowMs).ok).toBe(false);
  });

  test('is never read with other parameters than the signed ones, with any text around it', () => {
    let accepted = 0;
    const around = fc.tuple(pieces, fc.constantFrom(`sig=${SIGNED}`, `sig=${FORGED}`), pieces);
    fc.assert(
      fc.property(
        fc.oneof(
          around.map((parts) => parts.join('')),
          around.map((parts) => parts.join(', ')),
        ),
        (input) => {
          const claim = parseRfc9421(withHeaders(signed, { 'signature-input': input }));
          if (!claim.ok) return;
          accepted += 1;
          expectToObeyWhatIsSigned(claim.value);
        },
      ),
      { numRuns: 3000, examples: [[`sig=${FORGED}, y=%"\\", sig=${SIGNED}, w="\\""`], [INPUT]] },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('parsing never throws', () => {
  const names = INBOUND_ROWS.flatMap(({ example }) => Object.keys(example.request.headers));
  const headers = fc.dictionary(fc.constantFrom(...names), text);

  test('on any headers', () => {
    fc.assert(
      fc.property(headers, fc.boolean(), (some, empty) => {
        const request = requestOf({ headers: some, body: Buffer.from(empty ? '' : '{}') });
        expect(typeof parseSignedRequest(request).ok).toBe('boolean');
        expect(typeof parseRfc9421(request).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  test.each(INBOUND_ROWS)('on a valid request with one replaced header: $name', ({ example: { request } }) => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(request.headers)), text, (name, bad) => {
        expect(typeof parseSignedRequest(withHeaders(request, { [name]: bad })).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });

  test('on any path', () => {
    fc.assert(
      fc.property(text, (path) => {
        expect(typeof parseSignedRequest({ ...signed, path }).ok).toBe('boolean');
      }),
    );
  });
});

describe('a dictionary', () => {
  test('is read as by the library, or refused', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (field) => {
        const members = readDictionary(field);
        if (!members) return;
        read += 1;
        const whole = parseDictionary(field);
        expect([...members.keys()]).toEqual([...whole.keys()]);
        for (const [name, member] of members)
          expect(parseDictionary(`${name}=${member}`).get(name)).toEqual(whole.get(name));
      }),
      { numRuns: 5000, examples: [['a;x=1, b'], ['a=%"\\", b="\\""'], ['a=("x";y=")" "z");q, b=:AA==:']] },
    );
    expect(read).toBeGreaterThan(20);
  });

  test('is refused when it is empty, invalid or repeats a key', () => {
    for (const field of ['', ' ', 'a=1, a=2', 'a;x=1, a;y=2', 'a, a=1', 'a=', '=1', 'A=1', 'a=1 b=2', 'a=é', 'a="é"'])
      expect([field, readDictionary(field)]).toEqual([field, undefined]);
  });
});

describe('64 KiB of a repeated text', () => {
  const SIZE = 65_536;
  const fill = (piece: string, size = SIZE) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  const HOSTILE = [
    '(',
    ')',
    '"',
    '\\',
    ',',
    ';',
    '=',
    ':',
    ' ',
    '\t',
    '/',
    'a',
    'a,',
    'a;',
    '"a"',
    '("a")',
    '%"',
    'a=1,',
  ];
  const fields = [
    ...HOSTILE.map((piece) => fill(piece)),
    ...HOSTILE.map((piece) => `sig=${fill(piece)}`),
    ...HOSTILE.map((piece) => `sig=("${fill(piece)}`),
    ...HOSTILE.map((piece) => `sig=("a");${fill(piece)}`),
    ...HOSTILE.map((piece) => `sig=("a");tag="signet";nonce="${fill(piece)}"`),
    `sig=(${fill('"a" ')}`,
    `sig=(${fill('"a" ')});tag="signet"`,
    `sig=("a")${fill(';tag="signet"')}`,
    `sig=:${fill('A')}:`,
    `sig=:${fill('A')}=:`,
    `sig=:${fill('=')}:`,
    `sha-256=:${fill('A')}:`,
    Array.from({ length: 8000 }, (_, index) => `k${index}=1`).join(','),
  ];

  test('is refused in every header', () => {
    for (const field of fields) {
      expect(parseRfc9421(withHeaders(signed, { 'signature-input': field })).ok).toBe(false);
      const claim = parseRfc9421(withHeaders(signed, { signature: field }));
      expect(claim.ok && verifyRequest(claim.value, key, signedAtMs).ok).toBe(false);
      expect(parseContentDigest(field).ok).toBe(false);
      for (const { example } of DELIMITED)
        for (const name of Object.keys(example.request.headers))
          expect(parseSignedRequest(withHeaders(example.request, { [name]: field })).ok).toBe(false);
      expect(parseSignedRequest({ ...signed, path: `/${fill(field.slice(0, 4))}%` }).ok).toBe(false);
    }
  });

  /** Returns a text that counts the steps of its readers: one for each character, and the length of each piece. */
  function counted(plain: string): { text: string; steps: () => number } {
    let steps = 0;
    const watched = new Proxy(new String(plain), {
      get(target, name) {
        steps += 1;
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = value.apply(plain, args);
          steps += typeof result === 'string' ? result.length : 1;
          return result;
        };
      },
    });
    return { text: watched as unknown as string, steps: () => steps };
  }

  test('is read in a number of steps that is linear in its length', () => {
    const shapes = [
      (size: number) => `a=(${'"a" '.repeat(size / 8)});x=1`,
      (size: number) => `a=1${';x="y"'.repeat(size / 8)}`,
      (size: number) => Array.from({ length: size / 8 }, (_, index) => `k${String(index).padStart(5, '0')}`).join(', '),
      (size: number) => `a="${fill('\\\\', size)}"`,
      (size: number) => `a=:${fill('A', size)}:`,
      (size: number) => fill('"', size),
      (size: number) => `${'a, '.repeat(size / 4)}a`,
    ];
    for (const shape of shapes) {
      const [small, large] = [counted(shape(8192)), counted(shape(SIZE))];
      readDictionary(small.text);
      readDictionary(large.text);
      expect(large.steps()).toBeLessThan(20 * SIZE);
      expect(large.steps()).toBeLessThan(9 * Math.max(small.steps(), 8192));
    }
  });

  test('has members that together are not longer than the field', () => {
    for (const field of fields) {
      const members = [...(readDictionary(field) ?? [])];
      const total = members.reduce((sum, [name, member]) => sum + name.length + member.length, 0);
      expect(total).toBeLessThanOrEqual(field.length + 2 * members.length);
    }
  });
});
