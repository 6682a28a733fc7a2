// Each profile's signed content is unambiguous: no two different messages are signed as the same bytes.
//
// The proof, for the joined profiles. The content is the parts in the row's order, the body last, with the separator
// between. No part before the body can hold the separator: a timestamp is digits, a nonce is of
// [A-Za-z0-9_-], an id of ours is of [a-z2-7_]. So the first separators are those between the parts, wherever the
// body has more of them: whoever splits at the first n - 1 separators gets the parts back. Without a separator only
// a timestamp may stand before the body, and it has one length. A function that can be undone gives no two arguments
// the same value. `split` below undoes it, without looking at what was joined.
//
// For RFC 9421: no value of a component has a line break (the builder refuses it) and no name has a quote, so the
// lines are the components and the text behind the first `": ` is the value. The last line says which components
// there are and in which order. The body is in it by its digest.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildSignedContent, type SignedParts } from '../../lib/protocol/joined-signature.ts';
import { lengthPrefixed } from '../../lib/protocol/length-prefixed.ts';
import { type JoinedProfile, PROFILES, type Profile, type SignedPart } from '../../lib/protocol/profiles.ts';
import { buildSignatureBase, formatSignatureInput } from '../../lib/protocol/signature-base.ts';
import { requestOf } from './claims.ts';

const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
const JOINED = rows.flatMap(([id, profile]) => (profile.form === 'joined' ? [{ id, profile }] : []));

const TIMESTAMPS = {
  s: { pattern: /^[1-9]\d{9}$/, size: 10, example: fc.integer({ min: 1e9, max: 9_999_999_999 }).map(String) },
  ms: { pattern: /^[1-9]\d{12}$/, size: 13, example: fc.integer({ min: 1e12, max: 9_999_999_999_999 }).map(String) },
} as const;

const NAMES = {
  nonce: { pattern: /^[A-Za-z0-9_-]{16,128}$/, example: fc.stringMatching(/^[A-Za-z0-9_-]{16,32}$/) },
  id: { pattern: /^[a-z2-7_]{1,40}$/, example: fc.stringMatching(/^evt_[a-z2-7]{1,32}$/) },
} as const;

const grammarOf = ({ clock }: JoinedProfile, name: Exclude<SignedPart, 'body'>) =>
  name === 'timestamp' ? TIMESTAMPS[clock.unit] : NAMES[name];

// Bodies that look like the parts before them.
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .string({ unit: fc.constantFrom('.', '1', '8', '0', 'a', '_', '-'), maxLength: 60 })
    .map((text) => Buffer.from(text)),
  fc.tuple(TIMESTAMPS.s.example, NAMES.nonce.example).map((list) => Buffer.from(`${list.join('.')}.x`)),
);

const messagesOf = ({ clock }: JoinedProfile): fc.Arbitrary<Required<SignedParts>> =>
  fc.record({
    timestamp: TIMESTAMPS[clock.unit].example,
    nonce: NAMES.nonce.example,
    id: NAMES.id.example,
    body: bodies,
  });

/** Undoes the joining: latin1 keeps every byte. */
function split(profile: JoinedProfile, content: Buffer): Record<string, string | Buffer> {
  const parts: Record<string, string | Buffer> = {};
  let rest = content.toString('latin1');
  for (const name of profile.parts.slice(0, -1)) {
    const end = profile.separator === '' ? TIMESTAMPS[profile.clock.unit].size : rest.indexOf(profile.separator);
    parts[name] = rest.slice(0, end);
    rest = rest.slice(end + profile.separator.length);
  }
  return { ...parts, body: Buffer.from(rest, 'latin1') };
}

const used = (profile: JoinedProfile, parts: SignedParts) =>
  Object.fromEntries(profile.parts.map((name) => [name, parts[name]]));

describe.each(JOINED)('$id', ({ profile }) => {
  const messages = messagesOf(profile);

  test('has the body last, and before it only what can be told from it', () => {
    expect(profile.parts.at(-1)).toBe('body');
    expect(new Set(profile.parts).size).toBe(profile.parts.length);
    if (profile.separator === '') expect(['timestamp']).toEqual(expect.arrayContaining(profile.parts.slice(0, -1)));
    else expect(profile.separator).toBe('.');
  });

  test('gives the parts back to whoever splits it', () => {
    fc.assert(
      fc.property(messages, (parts) => {
        expect(split(profile, buildSignedContent(profile, parts))).toEqual(used(profile, parts));
      }),
      { numRuns: 1000 },
    );
  });

  test('is the same for two messages only if they are the same', () => {
    fc.assert(
      fc.property(messages, messages, (one, other) => {
        const same = buildSignedContent(profile, one).equals(buildSignedContent(profile, other));
        if (same) expect(used(profile, one)).toEqual(used(profile, other));
      }),
    );
  });

  test.skipIf(profile.separator === '')('cannot be cut at other separators into parts that are all well formed', () => {
    fc.assert(
      fc.property(messages, fc.func(fc.boolean()), (parts, cutsAt) => {
        const pieces = buildSignedContent(profile, parts).toString('latin1').split('.');
        const other: Record<string, string> = {};
        const names = [...profile.parts];
        for (const [at, piece] of pieces.entries()) {
          const [name = 'body'] = names;
          other[name] = name in other ? `${other[name]}.${piece}` : piece;
          if (name !== 'body' && cutsAt(at)) names.shift();
        }
        const good = profile.parts.every(
          (name) => name === 'body' || grammarOf(profile, name).pattern.test(other[name] ?? ''),
        );
        const { body = '', ...before } = other;
        if (good) expect({ ...before, body: Buffer.from(body, 'latin1') }).toEqual(used(profile, parts));
      }),
      { numRuns: 1000 },
    );
  });

  test('is bytes: a body that is no UTF-8 is in it as it is', () => {
    const body = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
    const content = buildSignedContent(profile, { timestamp: '1800000000', nonce: 'n'.repeat(16), id: 'evt_a', body });
    expect(content.subarray(-body.length)).toEqual(body);
  });
});

test('an id with a dot would be ambiguous, which is why ours have none', () => {
  const { 'standard-webhooks': profile } = PROFILES;
  const one = { id: 'a', timestamp: '1800000000', body: Buffer.from('1800000001.x') };
  const other = { id: 'a.1800000000', timestamp: '1800000001', body: Buffer.from('x') };
  expect(buildSignedContent(profile, one)).toEqual(buildSignedContent(profile, other));
});

describe('rfc9421', () => {
  const values = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.trim());
  const names = fc.uniqueArray(fc.stringMatching(/^x-[a-z]{1,5}$/), { maxLength: 4 });

  test('gives the components back to whoever reads its lines', () => {
    fc.assert(
      fc.property(names, values, values, (headerNames, value, query) => {
        const request = requestOf({ query, headers: Object.fromEntries(headerNames.map((name) => [name, value])) });
        const components = ['@method', '@authority', '@path', '@query', ...headerNames];
        const input = formatSignatureInput(components, new Map([['created', 1_800_000_000]]));
        const lines = (buildSignatureBase(request, components, input) ?? '').split('\n');
        expect(lines.map((line) => line.slice(1, line.indexOf('": ')))).toEqual([...components, '@signature-params']);
        expect(lines.map((line) => line.slice(line.indexOf('": ') + 3))).toEqual([
          ...['POST', 'relay.example', '/api/links/fetch', `?${query}`],
          ...headerNames.map(() => value),
          input,
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('is not built when a value has a line break, a component is unknown or a header is not there', () => {
    const build = (name: string, headers = {}) => buildSignatureBase(requestOf({ headers }), [name], '()');
    expect(build('x-a', { 'x-a': 'a' })).toBe('"x-a": a\n"@signature-params": ()');
    expect(build('x-a', { 'x-a': 'a\nb' })).toBeUndefined();
    expect(build('x-a')).toBeUndefined();
    expect(build('@scheme')).toBeUndefined();
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(build(name)).toBeUndefined();
  });

  test('has a question mark for a query that is not there, and the value of a header without spaces around it', () => {
    expect(buildSignatureBase(requestOf({ query: '' }), ['@query'], '()')).toBe('"@query": ?\n"@signature-params": ()');
    const request = requestOf({ headers: { 'x-a': ' \t a  b \t' } });
    expect(buildSignatureBase(request, ['x-a'], '()')).toBe('"x-a": a  b\n"@signature-params": ()');
  });
});

describe('length-prefixed texts', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 10 }), { maxLength: 5 });

  test('are the same for two lists only if the lists are the same', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(lengthPrefixed(...one).equals(lengthPrefixed(...other))).toBe(
          JSON.stringify(one) === JSON.stringify(other),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('do not mix where one text ends and the next begins', () => {
    const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c'], [''], [], ['', '']];
    expect(new Set(lists.map((list) => lengthPrefixed(...list).toString('hex'))).size).toBe(lists.length);
  });

  test('count bytes, not characters', () => {
    expect(lengthPrefixed('é', '🚀').toString('hex')).toBe('00000002c3a900000004f09f9a80');
  });
});
