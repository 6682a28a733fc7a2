// The profile of a request: it must have exactly one credential family, and it cannot choose the profile of its key.
import { describe, expect, test } from 'vitest';
import { isPlainPath } from '../../../lib/protocol/http-message.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import { answerOf, requestOf, withHeaders } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS } from '../../support/protocol/inbound-rows.ts';

const MALFORMED = { ok: false, problem: 'request_malformed' };
const MISSING = { ok: false, problem: 'signature_missing' };
const answer = (request: Parameters<typeof parseSignedRequest>[0]) => answerOf(parseSignedRequest(request));

describe('a request without credentials', () => {
  test.each([
    ['no header at all', {}],
    ['an authorization of another kind', { authorization: 'Bearer abc' }],
    ['a signature without its input', { signature: 'sig=:AAAA:' }],
    ['a signature with another tag', { 'signature-input': 'a=();tag="other"', signature: 'a=:AAAA:' }],
    ['a signature of an enrolment', { 'signature-input': 'a=();tag="signet-enroll"', signature: 'a=:AAAA:' }],
    ['the headers of an outbound profile', { 'webhook-id': 'a', 'webhook-signature': 'v1,AAAA' }],
    ['a signature of nitro without a key id', { 'x-timestamp': '1800000000000', 'x-signature': 'a'.repeat(64) }],
    ['a signature of daylight without a key id', { 'daylight-signature': 't=1800000000,v1=a' }],
  ])('is refused as signature_missing: %s', (_what, headers) => {
    expect(answer(requestOf({ headers }))).toEqual(MISSING);
  });

  test.each(['not a dictionary (', '', 'a=();tag="signet", a=()', 'sig=("@method"'])(
    'is refused as malformed when its signature-input cannot be parsed: %j',
    (input) => expect(answer(requestOf({ headers: { 'signature-input': input } }))).toEqual(MALFORMED),
  );
});

describe('x-signet-key, which two profiles share', () => {
  const exampleOf = (profile: string) => {
    const row = INBOUND_ROWS.find((candidate) => candidate.profile === profile);
    if (!row) throw new Error(`${profile} has no row.`);
    return row.example.request;
  };
  const [nitro, daylight] = [exampleOf('nitro'), exampleOf('daylight')];
  const both = { ...nitro.headers, ...daylight.headers };

  test('belongs to the profile whose signature header is present', () => {
    for (const [profile, request] of Object.entries({ nitro, daylight }))
      expect(parseSignedRequest(request)).toMatchObject({ ok: true, value: { profile, keyId: 'partner-1' } });
  });

  test('is refused as signature_missing without a signature header', () => {
    expect(answer(requestOf({ headers: { 'x-signet-key': 'partner-1' } }))).toEqual(MISSING);
    expect(answer(requestOf({ headers: { 'x-signet-key': 'partner-1', 'x-timestamp': '1800000000123' } }))).toEqual(
      MISSING,
    );
  });

  test('is refused with the right signatures of both profiles', () => {
    expect(answer({ ...nitro, headers: both })).toEqual(MALFORMED);
    const { 'x-timestamp': _removed, ...others } = both;
    expect(answer({ ...nitro, headers: others })).toEqual(MALFORMED);
  });

  test('is refused with an empty signature header of the other profile', () => {
    expect(answer(withHeaders(nitro, { 'daylight-signature': '' }))).toEqual(MALFORMED);
    expect(answer(withHeaders(daylight, { 'x-signature': '' }))).toEqual(MALFORMED);
  });

  test('is refused with any other credential', () => {
    for (const request of [nitro, daylight])
      for (const header of ['x-partner-slug', 'x-link-peeler-key'])
        expect(answer(withHeaders(request, { [header]: 'partner-1' }))).toEqual(MALFORMED);
  });
});

describe.each(INBOUND_ROWS)('$name', ({ profile, example }) => {
  test('is recognized by its key id header', () => {
    const claim = parseSignedRequest(example.request);
    expect(claim.ok && claim.value.profile).toBe(profile);
  });

  test.each(INBOUND_ROWS.filter((other) => other.profile !== profile))(
    'is refused with the credentials of $name',
    (other) => expect(answer(withHeaders(example.request, other.example.request.headers))).toEqual(MALFORMED),
  );

  test('is refused with only the key id of another family', () => {
    const header = profile === 'link-peeler' ? 'signature-input' : 'x-link-peeler-key';
    const value = profile === 'link-peeler' ? 'sig=();tag="signet"' : '';
    expect(answer(withHeaders(example.request, { [header]: value }))).toEqual(MALFORMED);
  });

  test('is accepted with another signature that has another tag', () => {
    if (profile === 'rfc9421') return;
    const theirs = { 'signature-input': 'proxy=("@method");tag="other"', signature: 'proxy=:AAAA:' };
    expect(answer(withHeaders(example.request, theirs))).toEqual({ ok: true });
  });

  test('cannot be verified with the key of any other row', () => {
    const claim = parseSignedRequest(example.request);
    if (!claim.ok) throw new Error(claim.reason);
    for (const other of INBOUND_ROWS.filter((row) => row.example !== example))
      expect(verifyRequest(claim.value, other.example.key, example.signedAtMs).ok).toBe(false);
  });

  test('is refused with a path that a gateway may have decoded', () => {
    for (const path of [
      '/api/links/a b',
      '/api/links/%41',
      '/api/links/ä',
      '/api//ok/%',
      'api',
      '',
      '*',
      '/a?b',
      '/a#b',
    ])
      expect([path, answer({ ...example.request, path })]).toEqual([path, MALFORMED]);
  });
});

describe('a plain path', () => {
  test.each(['/', '/api/links/fetch', '/a.b-c_d~e/9', '/a/', '//', '/.well-known/signet/x/jwks.json'])(
    'may be %s',
    (path) => expect(isPlainPath(path)).toBe(true),
  );

  test.each([
    ...['', 'a', '/a b', '/%41', '/a%2Fb', '/a+b', '/a:b', '/a@b', '/a;b', '/a?b', '/a#b', '/a\\b', '/ä', '/a\n'],
    ...['/a\0', '/１', ' /a', '/a '],
  ])('must not be %j', (path) => expect(isPlainPath(path)).toBe(false));
});
