// The wire document's statements about refusals: the order of the checks, and the problem of each missing part.
import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReceivedRequest } from '../../lib/protocol/http-message.ts';
import {
  type DelimitedProfile,
  INBOUND_PROFILES,
  type InboundProfileId,
  PROFILES,
} from '../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../lib/protocol/signatures/parse-request.ts';
import { type RequestSigner, signRequest } from '../../lib/protocol/signatures/sign-request.ts';
import { verifyRequest } from '../../lib/protocol/signatures/verify-request.ts';
import { requestOf, withHeaders, withoutHeader } from '../support/protocol/claims.ts';
import { quoted, section, tablesUnder } from './wire-document.ts';

const NOW_MS = 1_800_000_000_000;
const secretKey = createSecretKey('secret', 'utf8');

function signed(profile: InboundProfileId, timestampMs = NOW_MS): ReceivedRequest {
  const keyId = 'key-1';
  const signer: RequestSigner =
    profile === 'rfc9421' ? { profile, keyId, algorithm: 'hmac-sha256', secretKey } : { profile, keyId, secretKey };
  const request = requestOf();
  return withHeaders(request, signRequest(signer, request, { timestampMs, nonce: 'nonce-0123456789' }).headers);
}

function problemOf(request: ReceivedRequest, profile: InboundProfileId): string {
  const claim = parseSignedRequest(request);
  if (!claim.ok) return claim.problem;
  const key = { keyId: 'key-1', profile, algorithm: 'hmac-sha256', material: [secretKey] } as const;
  const verdict = verifyRequest(claim.value, key, NOW_MS);
  return verdict.ok ? 'none' : verdict.problem;
}

type Fault = (request: ReceivedRequest) => ReceivedRequest;
const ownBody: Fault = (request) => ({ ...request, body: Buffer.from('{"a":1}') });
const otherPath: Fault = (request) => ({ ...request, path: '/api/%6Cinks' });

describe.each(INBOUND_PROFILES)('under %s', (profile) => {
  test('checks the form before the time, and the time before the signature, as the steps say', () => {
    const steps = tablesUnder('How a request is verified')[0]?.map(([, , refusal]) => quoted(refusal)) ?? [];
    const place = (problem: string) => steps.findIndex((problems) => problems.includes(problem));
    const stale = signed(profile, NOW_MS - 300_001_000);
    const faults = [problemOf(otherPath(ownBody(stale)), profile), problemOf(ownBody(stale), profile)];
    const found = [...faults, problemOf(ownBody(signed(profile)), profile)];
    expect(found).toEqual(['request_malformed', 'timestamp_out_of_range', 'signature_invalid']);
    expect(found.map(place)).toEqual(found.map(place).toSorted((first, second) => first - second));
    expect(problemOf(signed(profile), profile)).toBe('none');
  });

  test('treats a key of another profile as unknown', () => {
    for (const other of INBOUND_PROFILES.filter((id) => id !== profile))
      expect(problemOf(signed(profile), other)).toBe('signature_invalid');
  });

  test('refuses a second credential family', () => {
    for (const other of INBOUND_PROFILES.filter((id) => id !== profile))
      expect(problemOf(withHeaders(signed(profile), signed(other).headers), profile)).toBe('request_malformed');
  });
});

const DELIMITED_HEADERS = ['x-link-peeler-signature', 'x-signature', 'daylight-signature'];

describe('the credential families', () => {
  test('ignore signature headers of other families', () => {
    for (const profile of ['rfc9421', 'link-peeler', 'vouchersx'] as const) {
      const own = Object.keys(signed(profile).headers);
      const others = DELIMITED_HEADERS.filter((name) => !own.includes(name)).map((name) => [name, 'nothing good']);
      expect(others.length).toBeGreaterThan(0);
      expect(problemOf(withHeaders(signed(profile), Object.fromEntries(others)), profile)).toBe('none');
    }
  });

  test('refuse an unparsable signature-input only when no other header names a key', () => {
    const unreadable = { 'signature-input': 'sig=(' };
    expect(problemOf(withHeaders(requestOf(), unreadable), 'rfc9421')).toBe('request_malformed');
    for (const profile of INBOUND_PROFILES.filter((id) => id !== 'rfc9421'))
      expect(problemOf(withHeaders(signed(profile), unreadable), profile)).toBe('none');
  });
});

test('calls another name in the Host header malformed, and a signature for another host invalid', () => {
  const request = signed('rfc9421');
  const otherHost = { authority: 'other.example', gatewayAuthority: 'other.example' };
  expect(problemOf({ ...request, authority: 'other.example' }, 'rfc9421')).toBe('request_malformed');
  expect(problemOf({ ...request, ...otherHost }, 'rfc9421')).toBe('signature_invalid');
  const [bullet = ''] = /- `@authority` MUST[\s\S]*?(?=\n- )/.exec(section('The profile rfc9421')) ?? [];
  expect(bullet).toMatch(/Host header with another name is refused as `request_malformed`/);
  expect(bullet).toMatch(/made for another host, under the right one, is `signature_invalid`/);
});

const DELIMITED = INBOUND_PROFILES.filter((id) => id !== 'rfc9421');

test.each(DELIMITED)(
  '%s: answers signature_missing if only the signature header is missing, and request_malformed for any other part',
  (id) => {
    const { headerCodec, keyIdHeader = '' }: DelimitedProfile = PROFILES[id];
    const request = signed(id);
    const others = Object.keys(request.headers).filter(
      (name) => ![headerCodec.signatureHeader, keyIdHeader].includes(name),
    );
    expect(problemOf(withoutHeader(request, headerCodec.signatureHeader), id)).toBe('signature_missing');
    for (const name of others) expect(problemOf(withoutHeader(request, name), id)).toBe('request_malformed');
    expect(problemOf(withoutHeader(request, keyIdHeader), id)).toBe('signature_missing');
  },
);
