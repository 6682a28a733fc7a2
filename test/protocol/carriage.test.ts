// How joined profiles travel: what is written is read back, and no header may have come twice.
import { describe, expect, test } from 'vitest';
import type { Carriage, Carried } from '../../lib/protocol/carriage.ts';
import { type JoinedProfile, PROFILES, type Profile, type SignedPart } from '../../lib/protocol/profiles.ts';
import { answerOf } from './claims.ts';

const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
const JOINED = rows.flatMap(([id, profile]) => (profile.form === 'joined' ? [{ id, profile }] : []));

const MALFORMED = { ok: false, problem: 'request_malformed' };
const MISSING = { ok: false, problem: 'signature_missing' };

const TEXTS: Readonly<Record<Exclude<SignedPart, 'body'>, string>> = {
  id: 'evt_a',
  timestamp: '1800000000',
  nonce: 'nonce-0123456789',
};

function carriedBy({ parts, carriage, several }: JoinedProfile): Carried {
  const texts = parts.flatMap((name) => (name === 'body' ? [] : [[name, TEXTS[name]]]));
  const keyId = carriage.keyIdHeader === undefined ? {} : { keyId: 'key-1' };
  return { ...Object.fromEntries(texts), ...keyId, signatures: several === 'list' ? ['AA==', 'BB=='] : ['aa'] };
}

const answer = (carriage: Carriage, headers: Readonly<Record<string, string>>) => answerOf(carriage.read(headers));

describe.each(JOINED)('$id', ({ profile }) => {
  const { carriage } = profile;
  const carried = carriedBy(profile);
  const headers = carriage.write(carried);

  test('reads back what it writes', () => {
    expect(carriage.read(headers)).toEqual({ ok: true, value: carried });
  });

  test('writes lower-case names, the signature under the one that the row names', () => {
    expect(Object.keys(headers)).toEqual(Object.keys(headers).map((name) => name.toLowerCase()));
    expect(Object.keys(headers)).toContain(carriage.signatureHeader);
    if (carriage.keyIdHeader !== undefined) expect(headers[carriage.keyIdHeader]).toBe('key-1');
  });

  test.each(Object.keys(headers))('refuses a request without %s, or with an empty one', (name) => {
    const { [name]: _gone, ...others } = headers;
    const missing = name === carriage.signatureHeader ? MISSING : MALFORMED;
    expect(answer(carriage, others)).toEqual(missing);
    expect(answer(carriage, { ...headers, [name]: '' })).toEqual(missing);
  });

  test.each(Object.keys(headers))('refuses a comma of %s, which says that it came twice', (name) => {
    for (const text of [`${headers[name]},${headers[name]}`, `${headers[name]},`, `,${headers[name]}`, ','])
      expect([text, answer(carriage, { ...headers, [name]: text })]).toEqual([text, MALFORMED]);
  });

  test('does not read properties that every object has', () => {
    expect(answer(carriage, {})).toEqual(profile.parts.length > 1 ? MALFORMED : MISSING);
  });
});

describe('a list of signatures', () => {
  const { carriage } = PROFILES['standard-webhooks'];
  const others = { 'webhook-id': 'evt_a', 'webhook-timestamp': '1800000000' };

  test.each([
    ['one', 'v1,AA==', ['AA==']],
    ['three', 'v1,AA== v1,BB== v1,CC==', ['AA==', 'BB==', 'CC==']],
  ])('of %s is read', (_what, text, signatures) => {
    const read = carriage.read({ ...others, 'webhook-signature': text });
    expect(read.ok && read.value.signatures).toEqual(signatures);
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
  ])('is not %j', (text) => expect(answer(carriage, { ...others, 'webhook-signature': text })).toEqual(MALFORMED));
});
