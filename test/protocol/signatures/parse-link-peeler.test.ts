// The headers of link-peeler: parsing refuses every text that does not match its grammar exactly.
import { describe, expect, test } from 'vitest';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { BAD_KEY_IDS, BAD_NONCES, BAD_SECONDS } from '../../support/protocol/bad-texts.ts';
import { answerOf, withHeaders, withoutHeader } from '../../support/protocol/claims.ts';
import { INBOUND_ROWS, parseGood } from '../../support/protocol/inbound-rows.ts';

const good = INBOUND_ROWS.find(({ profile }) => profile === 'link-peeler')?.example.request;
if (!good) throw new Error('link-peeler has no row.');

const MALFORMED = { ok: false, problem: 'request_malformed' };
const MISSING = { ok: false, problem: 'signature_missing' };
const KEY = 'x-link-peeler-key';
const TIMESTAMP = 'x-link-peeler-timestamp';
const NONCE = 'x-link-peeler-nonce';
const SIGNATURE = 'x-link-peeler-signature';
const HEX = good.headers[SIGNATURE] ?? '';

const answer = (headers: Readonly<Record<string, string>>) => answerOf(parseSignedRequest(withHeaders(good, headers)));

const BAD_SIGNATURES: Readonly<Record<string, string>> = {
  'upper case': HEX.toUpperCase(),
  'one upper-case letter': HEX.replace(/[a-f]/, (letter) => letter.toUpperCase()),
  'one digit too few': HEX.slice(1),
  'one digit too many': `${HEX}0`,
  'half the digits': HEX.slice(32),
  'the digits twice': HEX + HEX,
  'a prefix': `sha256=${HEX}`,
  'a version': `v1,${HEX}`,
  '0x before it': `0x${HEX.slice(2)}`,
  base64: Buffer.from(HEX, 'hex').toString('base64'),
  'base64url of the right length': 'A'.repeat(64),
  'a letter that is not a hex digit': `g${HEX.slice(1)}`,
  'a space before it': ` ${HEX}`,
  'a space after it': `${HEX} `,
  'a line feed after it': `${HEX}\n`,
  'a carriage return after it': `${HEX}\r`,
  'a NUL after it': `${HEX}\0`,
  'a NUL within': `${HEX.slice(0, 32)}\0${HEX.slice(33)}`,
  'two signatures with a comma': `${HEX},${HEX}`,
  'two signatures with a space': `${HEX} ${HEX}`,
  'full-width digits': `${'１'.repeat(64)}`,
};

test('reads the parts of a request as they were sent', () => {
  expect(parseGood(good)).toMatchObject({
    profile: 'link-peeler',
    keyId: 'partner-1',
    algorithm: 'hmac-sha256',
    timestampMs: 1_800_000_000_000,
    nonce: '0f8fad5b-d9cb-469f-a165-70867728950e',
    signatures: [Buffer.from(HEX, 'hex')],
    bodyMatchesDigest: true,
  });
});

describe('refuses', () => {
  test.each(BAD_SECONDS)('a timestamp: $what', ({ text }) => expect(answer({ [TIMESTAMP]: text })).toEqual(MALFORMED));
  test.each(BAD_NONCES)('a nonce: $what', ({ text }) => expect(answer({ [NONCE]: text })).toEqual(MALFORMED));
  test.each(BAD_KEY_IDS)('a key id: $what', ({ text }) => expect(answer({ [KEY]: text })).toEqual(MALFORMED));

  test.each(Object.entries(BAD_SIGNATURES))('a signature: %s', (_what, text) => {
    expect(answer({ [SIGNATURE]: text })).toEqual(MALFORMED);
  });

  test.each([KEY, TIMESTAMP, NONCE, SIGNATURE])('%s sent twice, joined by the gateway', (name) => {
    const text = good.headers[name] ?? '';
    expect(answer({ [name]: `${text},${text}` })).toEqual(MALFORMED);
    expect(answer({ [name]: `${text}, ${text}` })).toEqual(MALFORMED);
    expect(answer({ [name]: `,${text}` })).toEqual(MALFORMED);
  });

  test.each([TIMESTAMP, NONCE])('a request without %s', (name) => {
    expect(answerOf(parseSignedRequest(withoutHeader(good, name)))).toEqual(MALFORMED);
  });

  test('a request with a missing or an empty signature as signature_missing', () => {
    expect(answerOf(parseSignedRequest(withoutHeader(good, SIGNATURE)))).toEqual(MISSING);
    expect(answer({ [SIGNATURE]: '' })).toEqual(MISSING);
  });

  test('a request without the key id as one without credentials', () => {
    expect(answerOf(parseSignedRequest(withoutHeader(good, KEY)))).toEqual(MISSING);
  });
});

describe('accepts', () => {
  test.each([
    ['of 16 characters', 'abcdefghijklmnop'],
    ['of 128 characters', 'n'.repeat(128)],
    ['with each kind of character', 'AZaz09_-AZaz09_-'],
    ['that is a UUID', '0f8fad5b-d9cb-469f-a165-70867728950e'],
  ])('a nonce %s', (_what, text) => expect(answer({ [NONCE]: text })).toEqual({ ok: true }));

  test.each([
    ['of one character', 'k'],
    ['of 64 characters', 'K'.repeat(64)],
    ['with each kind of character', 'Az09_-'],
    ['with the name of an inherited property', 'constructor'],
  ])('a key id %s', (_what, text) => expect(answer({ [KEY]: text })).toEqual({ ok: true }));
});
