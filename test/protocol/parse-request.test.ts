// Which scheme a request is signed under: exactly one credential family, and never a choice of the request's.
import { describe, expect, test } from 'vitest';
import { isPlainPath } from '../../lib/protocol/http-message.ts';
import { parseSignedRequest } from '../../lib/protocol/parse-request.ts';
import { coversMethodAndPath, INBOUND_PROFILES, OUTBOUND_PROFILES, PROFILES } from '../../lib/protocol/profiles.ts';
import { verifyRequest } from '../../lib/protocol/verify-request.ts';
import { answerOf, requestOf, withHeaders } from './claims.ts';
import { INBOUND_ROWS } from './inbound-rows.ts';

const MALFORMED = { ok: false, problem: 'request_malformed' };
const MISSING = { ok: false, problem: 'signature_missing' };
const answer = (request: Parameters<typeof parseSignedRequest>[0]) => answerOf(parseSignedRequest(request));

describe('a request without credentials', () => {
  test.each([
    ['no header at all', {}],
    ['an authorization of another kind', { authorization: 'Bearer abc' }],
    ['a signature without its input', { signature: 'sig=:AAAA:' }],
    ['a signature of somebody else', { 'signature-input': 'a=();tag="other"', signature: 'a=:AAAA:' }],
    ['a signature input that is none', { 'signature-input': 'no dictionary (' }],
    ['the headers of a scheme that only goes out', { 'webhook-id': 'a', 'webhook-signature': 'v1,AAAA' }],
  ])('is told so: %s', (_what, headers) => expect(answer(requestOf({ headers }))).toEqual(MISSING));
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

describe('the table of profiles', () => {
  test('has rows that go in, rows that go out, and none that goes nowhere', () => {
    const all = new Set<string>([...INBOUND_PROFILES, ...OUTBOUND_PROFILES]);
    expect(all).toEqual(new Set(Object.keys(PROFILES)));
    expect(OUTBOUND_PROFILES).toContain('standard-webhooks');
  });

  test('gives every row five minutes', () => {
    for (const { clock } of Object.values(PROFILES)) expect(clock.toleranceMs).toBe(300_000);
  });

  test('says of RFC 9421 alone that it covers method and path, and the sweeps agree', () => {
    for (const { profile, covered, uncovered } of INBOUND_ROWS) {
      const changes = coversMethodAndPath(profile) ? covered : uncovered;
      expect(Object.keys(changes)).toEqual(expect.arrayContaining(['the method', 'the path', 'the query']));
    }
  });
});
