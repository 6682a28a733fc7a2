// Which scheme a request is signed under: exactly one credential family, and never a choice of the request's.
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
    ['a signature of somebody else', { 'signature-input': 'a=();tag="other"', signature: 'a=:AAAA:' }],
    ['a signature of an enrolment', { 'signature-input': 'a=();tag="signet-enroll"', signature: 'a=:AAAA:' }],
    ['the headers of a scheme that only goes out', { 'webhook-id': 'a', 'webhook-signature': 'v1,AAAA' }],
    ['a signature of nitro without a key id', { 'x-timestamp': '1800000000000', 'x-signature': 'a'.repeat(64) }],
    ['a signature of daylight without a key id', { 'daylight-signature': 't=1800000000,v1=a' }],
  ])('is told so: %s', (_what, headers) => expect(answer(requestOf({ headers }))).toEqual(MISSING));

  test.each(['no dictionary (', '', 'a=();tag="signet", a=()', 'sig=("@method"'])(
    'is told what is wrong, when it has a signature input that cannot be read: %j',
    (input) => expect(answer(requestOf({ headers: { 'signature-input': input } }))).toEqual(MALFORMED),
  );
});

describe('x-signet-key, which two schemes share', () => {
  const exampleOf = (profile: string) => {
    const row = INBOUND_ROWS.find((one) => one.profile === profile);
    if (!row) throw new Error(`${profile} has no row`);
    return row.example.request;
  };
  const [nitro, daylight] = [exampleOf('nitro'), exampleOf('daylight')];
  const both = { ...nitro.headers, ...daylight.headers };

  test('is of the scheme whose signature stands beside it', () => {
    for (const [profile, request] of Object.entries({ nitro, daylight }))
      expect(parseSignedRequest(request)).toMatchObject({ ok: true, value: { profile, keyId: 'partner-1' } });
  });

  test('is of neither without a signature', () => {
    expect(answer(requestOf({ headers: { 'x-signet-key': 'partner-1' } }))).toEqual(MISSING);
    expect(answer(requestOf({ headers: { 'x-signet-key': 'partner-1', 'x-timestamp': '1800000000123' } }))).toEqual(
      MISSING,
    );
  });

  test('is refused beside the signatures of both, good as they are', () => {
    expect(answer({ ...nitro, headers: both })).toEqual(MALFORMED);
    const { 'x-timestamp': _gone, ...others } = both;
    expect(answer({ ...nitro, headers: others })).toEqual(MALFORMED);
  });

  test('is refused beside an empty signature of the other', () => {
    expect(answer(withHeaders(nitro, { 'daylight-signature': '' }))).toEqual(MALFORMED);
    expect(answer(withHeaders(daylight, { 'x-signature': '' }))).toEqual(MALFORMED);
  });

  test('is refused beside any other credential', () => {
    for (const request of [nitro, daylight])
      for (const header of ['x-partner-slug', 'x-link-peeler-key'])
        expect(answer(withHeaders(request, { [header]: 'partner-1' }))).toEqual(MALFORMED);
  });
});

describe.each(INBOUND_ROWS)('$name', ({ profile, example }) => {
  test('is recognized by its own header', () => {
    const claim = parseSignedRequest(example.request);
    expect(claim.ok && claim.value.profile).toBe(profile);
  });

  test.each(INBOUND_ROWS.filter((other) => other.profile !== profile))(
    'is refused together with the credentials of $name',
    (other) => expect(answer(withHeaders(example.request, other.example.request.headers))).toEqual(MALFORMED),
  );

  test('is refused beside the mere key id of another scheme', () => {
    const header = profile === 'link-peeler' ? 'signature-input' : 'x-link-peeler-key';
    const value = profile === 'link-peeler' ? 'sig=();tag="signet"' : '';
    expect(answer(withHeaders(example.request, { [header]: value }))).toEqual(MALFORMED);
  });

  test('takes a signature of somebody else beside it', () => {
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

  test('is refused on a path that a gateway may have decoded', () => {
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
  ])('may not be %j', (path) => expect(isPlainPath(path)).toBe(false));
});
