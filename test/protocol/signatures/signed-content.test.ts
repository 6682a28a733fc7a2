// The signed content of each profile is unambiguous: two different messages never have the same signed content.
//
// The proof for the delimited profiles: The content is the parts in the row's order, with the separator between them and
// the body last. No part before the body can contain the separator, because a timestamp has only digits, and an id and a
// nonce match [A-Za-z0-9_-]+. So the first n - 1 separators are those between the parts, even if the body has more of
// them, and splitting there returns the parts. Without a separator, only a timestamp may come before the body. It always
// has the same length, so splitting after that length returns the parts. If nothing comes before the body, the content is
// the body. A function that has an inverse never maps two arguments to the same value. `split` below is that inverse. It
// uses only the content and the row.
//
// The proof for RFC 9421: No component value has a line break, because the builder refuses it, and no name has a quote.
// So each line is one component, and the text after the first `": ` is its value. The last line lists the components and
// their order. The body is covered by its digest.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MESSAGE_ID, NONCE } from '../../../lib/protocol/grammar.ts';
import { lengthPrefixed } from '../../../lib/protocol/length-prefixed.ts';
import {
  type DelimitedProfile,
  PROFILES,
  type Profile,
  type SignedPart,
} from '../../../lib/protocol/profiles/profiles.ts';
import { buildSignedContent, type SignedParts } from '../../../lib/protocol/signatures/delimited-signature.ts';
import { buildSignatureBase, formatSignatureInput } from '../../../lib/protocol/signatures/signature-base.ts';
import { wellFormedText } from '../../support/any-text.ts';
import { requestOf } from '../../support/protocol/claims.ts';

const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
const DELIMITED = rows.flatMap(([id, profile]) => (profile.form === 'delimited' ? [{ id, profile }] : []));

const TIMESTAMPS = {
  s: { pattern: /^[1-9]\d{9}$/, size: 10, example: fc.integer({ min: 1e9, max: 9_999_999_999 }).map(String) },
  ms: { pattern: /^[1-9]\d{12}$/, size: 13, example: fc.integer({ min: 1e12, max: 9_999_999_999_999 }).map(String) },
} as const;

const NAMES = {
  nonce: { pattern: /^[A-Za-z0-9_-]{16,128}$/, example: fc.stringMatching(/^[A-Za-z0-9_-]{16,32}$/) },
  id: { pattern: /^[A-Za-z0-9_-]{1,128}$/, example: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/) },
} as const;

const grammarOf = ({ clock }: DelimitedProfile, name: Exclude<SignedPart, 'body'>) =>
  name === 'timestamp' ? TIMESTAMPS[clock?.unit ?? 's'] : NAMES[name];

/** Generates bodies, some of which look like the parts before them. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .string({ unit: fc.constantFrom('.', '1', '8', '0', 'a', '_', '-'), maxLength: 60 })
    .map((text) => Buffer.from(text)),
  fc.tuple(TIMESTAMPS.s.example, NAMES.nonce.example).map((list) => Buffer.from(`${list.join('.')}.x`)),
);

const messagesOf = ({ clock }: DelimitedProfile): fc.Arbitrary<Required<SignedParts>> =>
  fc.record({
    timestamp: TIMESTAMPS[clock?.unit ?? 's'].example,
    nonce: NAMES.nonce.example,
    id: NAMES.id.example,
    body: bodies,
  });

/** Generates messages from a small set, so that two of them are often equal. */
const fewMessagesOf = ({ clock }: DelimitedProfile): fc.Arbitrary<Required<SignedParts>> =>
  fc.record({
    timestamp: fc.constantFrom(...['1', '2'].map((digit) => digit.repeat(TIMESTAMPS[clock?.unit ?? 's'].size))),
    nonce: fc.constantFrom('n'.repeat(16), 'n'.repeat(17)),
    id: fc.constantFrom('a', 'a1', '1'),
    body: fc.constantFrom('', '.', 'n', '.n', '1', '1.').map((text) => Buffer.from(text)),
  });

/** Returns the parts of a signed content. `latin1` preserves every byte. */
function split(profile: DelimitedProfile, content: Buffer): Record<string, string | Buffer> {
  const parts: Record<string, string | Buffer> = {};
  let rest = content.toString('latin1');
  for (const name of profile.parts.slice(0, -1)) {
    const end =
      profile.separator === '' ? TIMESTAMPS[profile.clock?.unit ?? 's'].size : rest.indexOf(profile.separator);
    parts[name] = rest.slice(0, end);
    rest = rest.slice(end + profile.separator.length);
  }
  return { ...parts, body: Buffer.from(rest, 'latin1') };
}

/**
 * Splits the content into as many parts as the profile has, at separators that an attacker chooses. Without a separator
 * the attacker may choose any place.
 */
function cut(
  profile: DelimitedProfile,
  content: Buffer,
  cutsAfter: (at: number) => boolean,
): Record<string, string | Buffer> {
  const pieces = content.toString('latin1').split(profile.separator);
  const names = [...profile.parts];
  const collected: Record<string, string[]> = { body: [] };
  for (const [at, piece] of pieces.entries()) {
    const [name = 'body'] = names;
    collected[name] = [...(collected[name] ?? []), piece];
    if (name !== 'body' && cutsAfter(at)) names.shift();
  }
  const texts = Object.entries(collected).map(([name, list]) => [name, list.join(profile.separator)]);
  const { body = '', ...before } = Object.fromEntries(texts);
  return { ...before, body: Buffer.from(body, 'latin1') };
}

const used = (profile: DelimitedProfile, parts: SignedParts) =>
  Object.fromEntries(profile.parts.map((name) => [name, parts[name]]));

test('the proof uses the grammars that the code enforces', () => {
  expect([NAMES.nonce.pattern, NAMES.id.pattern]).toEqual([NONCE, MESSAGE_ID]);
});

describe.each(DELIMITED)('$id', ({ profile }) => {
  const messages = messagesOf(profile);

  test('has the body last, and before it only parts that can be split off', () => {
    expect(profile.parts.at(-1)).toBe('body');
    expect(new Set(profile.parts).size).toBe(profile.parts.length);
    const before = profile.parts.slice(0, -1);
    if (profile.separator === '') expect(before).toEqual(['timestamp']);
    else expect(profile.separator).toBe('.');
    expect(profile.clock !== undefined).toBe(before.includes('timestamp'));
  });

  test('can be split into its parts again', () => {
    fc.assert(
      fc.property(messages, (parts) => {
        expect(split(profile, buildSignedContent(profile, parts))).toEqual(used(profile, parts));
      }),
      { numRuns: 1000 },
    );
  });

  test('is equal for two messages exactly if the messages are equal', () => {
    const some = fewMessagesOf(profile);
    let equal = 0;
    fc.assert(
      fc.property(some, some, (first, second) => {
        const same = buildSignedContent(profile, first).equals(buildSignedContent(profile, second));
        expect(same).toBe(isDeepStrictEqual(used(profile, first), used(profile, second)));
        equal += same ? 1 : 0;
      }),
      { numRuns: 1000 },
    );
    expect(equal).toBeGreaterThan(0);
  });

  test('cannot be split at another place into parts that are all well formed', () => {
    const anywhere = fc.integer({ min: 0, max: 20 }).map((place) => (at: number) => at === place);
    const cuts = profile.separator === '' ? anywhere : fc.func<[number], boolean>(fc.boolean());
    let wellFormed = 0;
    fc.assert(
      fc.property(messages, cuts, (parts, cutsAfter) => {
        const other = cut(profile, buildSignedContent(profile, parts), cutsAfter);
        const good = profile.parts.every(
          (name) => name === 'body' || grammarOf(profile, name).pattern.test(String(other[name] ?? '')),
        );
        if (!good) return;
        wellFormed += 1;
        expect(other).toEqual(used(profile, parts));
      }),
      { numRuns: 1000 },
    );
    expect(wellFormed).toBeGreaterThan(0);
  });

  test('contains the exact bytes of a body that is not UTF-8', () => {
    const body = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
    const content = buildSignedContent(profile, { timestamp: '1800000000', nonce: 'n'.repeat(16), id: 'evt_a', body });
    expect(content.subarray(-body.length)).toEqual(body);
  });
});

describe('the signed content would be ambiguous with', () => {
  const { 'standard-webhooks': webhooks, nitro, tolinku } = PROFILES;

  test('a dot in an id, so ids have none', () => {
    const first = { id: 'a', timestamp: '1800000000', body: Buffer.from('1800000001.x') };
    const second = { id: 'a.1800000000', timestamp: '1800000001', body: Buffer.from('x') };
    expect(buildSignedContent(webhooks, first)).toEqual(buildSignedContent(webhooks, second));
  });

  test('a time of another length under nitro, so it always has 13 digits', () => {
    const first = { timestamp: '1800000000123', body: Buffer.from('4{}') };
    const second = { timestamp: '18000000001234', body: Buffer.from('{}') };
    expect(buildSignedContent(nitro, first)).toEqual(buildSignedContent(nitro, second));
  });

  test('any part but the body under tolinku, so no other part may be trusted', () => {
    const body = Buffer.from('1800000000.{}');
    expect(buildSignedContent(tolinku, { id: 'evt_1', timestamp: '1800000000', body })).toEqual(body);
  });
});

describe('rfc9421', () => {
  const values = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.trim());
  const names = fc.uniqueArray(fc.stringMatching(/^x-[a-z]{1,5}$/), { maxLength: 4 });

  test('has one line for each component, from which its value can be read', () => {
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

  test('is not built with a line break in a value, an unknown component or an absent header', () => {
    const build = (name: string, headers = {}) => buildSignatureBase(requestOf({ headers }), [name], '()');
    expect(build('x-a', { 'x-a': 'a' })).toBe('"x-a": a\n"@signature-params": ()');
    expect(build('x-a', { 'x-a': 'a\nb' })).toBeUndefined();
    expect(build('x-a')).toBeUndefined();
    expect(build('@scheme')).toBeUndefined();
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(build(name)).toBeUndefined();
  });

  test('has a question mark for an absent query, and header values without surrounding spaces', () => {
    expect(buildSignatureBase(requestOf({ query: '' }), ['@query'], '()')).toBe('"@query": ?\n"@signature-params": ()');
    const request = requestOf({ headers: { 'x-a': ' \t a  b \t' } });
    expect(buildSignatureBase(request, ['x-a'], '()')).toBe('"x-a": a  b\n"@signature-params": ()');
  });
});

describe('length-prefixed texts', () => {
  // Lone surrogates have no UTF-8 form. They are refused before.
  const texts = fc.array(wellFormedText({ maxLength: 10 }), { maxLength: 5 });

  test('are equal for two lists exactly if the lists are equal', () => {
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        expect(lengthPrefixed(...first).equals(lengthPrefixed(...second))).toBe(
          JSON.stringify(first) === JSON.stringify(second),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('preserve the boundaries between the texts', () => {
    const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c'], [''], [], ['', '']];
    expect(new Set(lists.map((list) => lengthPrefixed(...list).toString('hex'))).size).toBe(lists.length);
  });

  test('count bytes, not characters', () => {
    expect(lengthPrefixed('é', '🚀').toString('hex')).toBe('00000002c3a900000004f09f9a80');
  });
});
