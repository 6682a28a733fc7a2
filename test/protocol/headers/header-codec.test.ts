// The header codecs of delimited profiles read back what they write, and refuse repeated headers.
import { describe, expect, test } from 'vitest';
import type { HeaderCodec, HeaderTexts } from '../../../lib/protocol/headers/header-codec.ts';
import {
  type DelimitedProfile,
  PROFILES,
  type Profile,
  type SignedPart,
} from '../../../lib/protocol/profiles/profiles.ts';
import { answerOf } from '../../support/protocol/claims.ts';

const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
const DELIMITED = rows.flatMap(([id, profile]) => (profile.form === 'delimited' ? [{ id, profile }] : []));

const MALFORMED = { ok: false, problem: 'request_malformed' };
const MISSING = { ok: false, problem: 'signature_missing' };

const TEXTS: Readonly<Record<Exclude<SignedPart, 'body'>, string>> = {
  id: 'evt_a',
  timestamp: '1800000000',
  nonce: 'nonce-0123456789',
};

function textsOf({ parts, several, encoding }: DelimitedProfile): HeaderTexts {
  const texts = parts.flatMap((name) => (name === 'body' ? [] : [[name, TEXTS[name]]]));
  const signatures = encoding === 'base64' ? ['AA==', 'BB=='] : ['aa', 'bb'];
  return { ...Object.fromEntries(texts), signatures: several === 'list' ? signatures : signatures.slice(0, 1) };
}

const answer = (headerCodec: HeaderCodec, headers: Readonly<Record<string, string>>) =>
  answerOf(headerCodec.read(headers));

describe.each(DELIMITED)('$id', ({ profile }) => {
  const { headerCodec } = profile;
  const texts = textsOf(profile);
  const headers = headerCodec.write(texts);

  test('reads back what it writes', () => {
    expect(headerCodec.read(headers)).toEqual({ ok: true, value: texts });
  });

  test('writes names in lower case, and the signature into its signatureHeader', () => {
    expect(Object.keys(headers)).toEqual(Object.keys(headers).map((name) => name.toLowerCase()));
    expect(Object.keys(headers)).toContain(headerCodec.signatureHeader);
  });

  test.each(Object.keys(headers))('refuses a request with a missing or an empty %s', (name) => {
    const { [name]: _removed, ...others } = headers;
    const missing = name === headerCodec.signatureHeader ? MISSING : MALFORMED;
    expect(answer(headerCodec, others)).toEqual(missing);
    expect(answer(headerCodec, { ...headers, [name]: '' })).toEqual(missing);
  });

  test.each(Object.keys(headers))('refuses a comma in %s, because it means that the header was repeated', (name) => {
    for (const text of [`${headers[name]},${headers[name]}`, `${headers[name]},`, `,${headers[name]}`, ','])
      expect([text, answer(headerCodec, { ...headers, [name]: text })]).toEqual([text, MALFORMED]);
  });

  test('does not read properties that every object inherits', () => {
    expect(answer(headerCodec, {})).toEqual(Object.keys(headers).length > 1 ? MALFORMED : MISSING);
  });
});

describe('a list of signatures', () => {
  const { headerCodec } = PROFILES['standard-webhooks'];
  const others = { 'webhook-id': 'evt_a', 'webhook-timestamp': '1800000000' };

  test.each([
    ['one signature', 'v1,AA==', ['AA==']],
    ['three signatures', 'v1,AA== v1,BB== v1,CC==', ['AA==', 'BB==', 'CC==']],
  ])('may have %s', (_what, text, signatures) => {
    const read = headerCodec.read({ ...others, 'webhook-signature': text });
    expect(read.ok && read.value.signatures).toEqual(signatures);
  });

  test.each([8, 9, 1000])('is refused with more than eight signatures: %i', (count) => {
    const text = Array.from({ length: count }, () => 'v1,AA==').join(' ');
    expect(answer(headerCodec, { ...others, 'webhook-signature': text })).toEqual(
      count <= 8 ? { ok: true } : MALFORMED,
    );
  });

  test.each([
    'AA==',
    'v2,AA==',
    'v1a,AA==',
    'V1,AA==',
    'v1=AA==',
    'v1,AA==,v1,BB==',
    'v1,AA==, v1,BB==',
    'v1,AA==  v1,BB==',
    'v1,AA== ',
    ' v1,AA==',
    'v1,AA== BB==',
    'v1,AA==\tv1,BB==',
    'v1',
    ',',
    ' ',
  ])('must not be %j', (text) => {
    expect(answer(headerCodec, { ...others, 'webhook-signature': text })).toEqual(MALFORMED);
  });
});

describe('time and signatures in one header', () => {
  const [one, eight] = [PROFILES.daylight.headerCodec, PROFILES.vouchersx.headerCodec];
  const list = (count: number) => Array.from({ length: count }, (_, at) => `,v1=a${at}`).join('');
  const read = (headerCodec: HeaderCodec, text: string) => answer(headerCodec, { [headerCodec.signatureHeader]: text });

  test.each([1, 2, 7, 8, 9, 10, 1000])('are refused with more v1 than the row allows: %i', (count) => {
    expect(read(one, `t=1800000000${list(count)}`)).toEqual(count <= 1 ? { ok: true } : MALFORMED);
    expect(read(eight, `t=1800000000${list(count)}`)).toEqual(count <= 8 ? { ok: true } : MALFORMED);
  });

  test('keep the order of the signatures', () => {
    const texts = eight.read({ 'x-signature': 't=1,v1=cc,v1=aa,v1=bb' });
    expect(texts).toEqual({ ok: true, value: { timestamp: '1', signatures: ['cc', 'aa', 'bb'] } });
  });

  test.each([
    'v1=aa,t=1',
    't=1',
    't=1,',
    't=1,v1=',
    't=,v1=aa',
    't=1,v1=aa,',
    ',t=1,v1=aa',
    't=1,,v1=aa',
    't=1, v1=aa',
    't=1,v1=aa, v1=bb',
    't =1,v1=aa',
    't=1,v1 =aa',
    't= 1,v1=aa',
    ' t=1,v1=aa',
    't=1,v1=aa ',
    't=1,v1=aa\n',
    't=1,v1=aa\0',
    't=1\n,v1=aa',
    't=1;v1=aa',
    't=1,v1:aa',
    't=1,V1=aa',
    'T=1,v1=aa',
    't=1,v0=aa',
    't=1,v1=aa,v0=bb',
    't=1,v2=aa',
    't=1,v11=aa',
    't=1,t=1,v1=aa',
    't=1,v1=aa,t=1',
    't=1,v1=aa,t=1,v1=aa',
    't=-1,v1=aa',
    't=1.0,v1=aa',
    't=1e3,v1=aa',
    't=١,v1=aa',
    't=1,v1=ää',
    't=1,v1=aa=',
    't=1,v1=a+a',
    't="1",v1="aa"',
    'aa',
    ' ',
    ',',
    '=',
  ])('must not be %j', (text) => {
    expect([read(one, text), read(eight, text)]).toEqual([MALFORMED, MALFORMED]);
  });
});

describe('peek', () => {
  test.each(DELIMITED)('returns the texts that were written: $id', ({ profile }) => {
    const { timestamp, signatures } = textsOf(profile);
    const seen = profile.headerCodec.peek(profile.headerCodec.write(textsOf(profile)));
    expect(seen).toEqual({ timestamp, signatures });
  });

  test.each(DELIMITED)('returns no texts without headers: $id', ({ profile }) => {
    const { timestamp, signatures } = profile.headerCodec.peek({});
    expect([timestamp, signatures.join('')]).toEqual([undefined, '']);
  });

  test.each([
    ['t=1, v1=aa', '1', ['aa']],
    [' v1=aa,t=1 ', '1', ['aa']],
    ['T=1,V1=aa', '1', ['aa']],
    ['t=yesterday,v1=a+/=,v0=bb', 'yesterday', ['a+/=', 'bb']],
    ['t=,v1=', '', ['']],
    ['v1=sha256=aa', undefined, ['sha256=aa']],
    ['aa', undefined, []],
  ])('reads a malformed combined header: %j', (text, timestamp, signatures) => {
    expect(PROFILES.vouchersx.headerCodec.peek({ 'x-signature': text })).toEqual({ timestamp, signatures });
  });

  test.each([
    ['v1,aa v1,bb', ['aa', 'bb']],
    ['aa', ['aa']],
    ['v1=aa', ['aa']],
    ['v1,aa  v2,bb', ['aa', 'bb']],
  ])('reads a malformed list: %j', (text, signatures) => {
    const headers = { 'webhook-timestamp': ' 1 ', 'webhook-signature': text };
    expect(PROFILES['standard-webhooks'].headerCodec.peek(headers)).toEqual({ timestamp: '1', signatures });
  });
});
