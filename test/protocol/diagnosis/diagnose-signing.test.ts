// Mistakes in what was signed, of deliveries and requests alike: each found by what node:crypto signs, and none invented.
import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { diagnoseDelimited, diagnoseSigning } from '../../../lib/protocol/diagnosis/diagnose-signing.ts';
import { SUSPICIONS, type Suspicion } from '../../../lib/protocol/diagnosis/suspicions.ts';
import {
  type DelimitedProfile,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
  PROFILES,
} from '../../../lib/protocol/profiles/profiles.ts';
import type { SignedParts } from '../../../lib/protocol/signatures/delimited-signature.ts';
import { INBOUND_ROWS, parseGood } from '../../support/protocol/inbound-rows.ts';

const BODY = '{"id":"evt_1","data":{"url":"https://a.example/?a=1&b=é"}}';
const S = '1800000000';
const MS = '1800000000000';
const WHSEC = 'whsec_dGhpcyBpcyB0aGUgc2VjcmV0IG9mIGFuIGVuZHBvaW50';
const SK = 'sk_dGhpcyBpcyBhIHNlY3JldCBvZiBhIHBhcnRuZXI';

interface Example {
  readonly parts: Omit<SignedParts, 'body'>;
  readonly secret: string;
  /** As the profile makes it of the secret. */
  readonly key: string | Buffer;
  readonly content: (body: string) => string;
}

/** What each outbound profile signs, written out. */
const EXAMPLES: Readonly<Record<OutboundProfileId, Example>> = {
  vouchersx: { parts: { timestamp: S }, secret: SK, key: SK, content: (body) => `${S}.${body}` },
  daylight: { parts: { timestamp: S }, secret: SK, key: SK, content: (body) => `${S}.${body}` },
  nitro: { parts: { timestamp: MS }, secret: SK, key: SK, content: (body) => `${MS}${body}` },
  tolinku: { parts: {}, secret: WHSEC, key: WHSEC, content: (body) => body },
  'standard-webhooks': {
    parts: { id: 'evt_1', timestamp: S },
    secret: WHSEC,
    key: Buffer.from(WHSEC.slice(6), 'base64'),
    content: (body) => `evt_1.${S}.${body}`,
  },
};

interface Seed {
  readonly suspicion: Suspicion;
  /** What was signed, and with what; what is right is left out. */
  readonly content?: string;
  readonly key?: string | Buffer;
  /** What came. */
  readonly body?: string;
}

const pretty = JSON.stringify(JSON.parse(BODY), null, 2);

function bodySeeds({ content }: Example): Seed[] {
  return [
    { suspicion: 'json_reserialized', content: content(BODY.replaceAll('":', '": ').replaceAll('",', '", ')) },
    { suspicion: 'json_reserialized', content: content(BODY), body: pretty },
    { suspicion: 'json_pretty_printed', content: content(pretty) },
    { suspicion: 'trailing_newline', content: content(`${BODY}\n`) },
    { suspicion: 'trailing_newline', content: content(BODY), body: `${BODY}\r\n` },
    { suspicion: 'body_not_signed', content: content('') },
  ];
}

const TEXT_SEEDS = (secret: string): Seed[] => {
  const bare = secret.replace(/^[a-z]+_/, '');
  return [
    { suspicion: 'secret_with_newline', key: `${secret}\n` },
    { suspicion: 'secret_without_prefix', key: bare },
    { suspicion: 'secret_decoded', key: Buffer.from(bare, 'base64') },
  ];
};

const DOTS: Seed[] = [
  { suspicion: 'empty_body_without_dot', content: S, body: '' },
  { suspicion: 'separator_missing', content: `${S}${BODY}` },
  { suspicion: 'milliseconds_for_seconds', content: `${MS}.${BODY}` },
  { suspicion: 'other_profile', content: BODY },
];

const SEEDS: Readonly<Record<OutboundProfileId, readonly Seed[]>> = {
  vouchersx: [...TEXT_SEEDS(SK), ...DOTS],
  daylight: [...TEXT_SEEDS(SK), ...DOTS],
  nitro: [
    ...TEXT_SEEDS(SK),
    { suspicion: 'seconds_for_milliseconds', content: `${S}${BODY}` },
    { suspicion: 'other_profile', content: `${MS}.${BODY}` },
    { suspicion: 'other_profile', content: BODY },
  ],
  tolinku: TEXT_SEEDS(WHSEC),
  'standard-webhooks': [
    { suspicion: 'secret_not_decoded', key: WHSEC },
    { suspicion: 'secret_not_decoded', key: WHSEC.slice(6) },
    { suspicion: 'empty_body_without_dot', content: `evt_1.${S}`, body: '' },
    { suspicion: 'separator_missing', content: `evt_1${S}${BODY}` },
    { suspicion: 'milliseconds_for_seconds', content: `evt_1.${MS}.${BODY}` },
    { suspicion: 'other_profile', content: `${S}.${BODY}` },
    { suspicion: 'other_profile', content: `${S}${BODY}` },
    { suspicion: 'other_profile', content: BODY },
  ],
};

const FORM_ALONE: readonly Suspicion[] = [
  'base64_for_hex',
  'hex_for_base64',
  'base64_alphabet',
  'upper_case_hex',
  'signature_prefixed',
];
const OF_A_BASE: readonly Suspicion[] = ['query_without_question_mark', 'path_with_query', 'parameters_missing'];
const NEVER_OUT: readonly Suspicion[] = [...FORM_ALONE, ...OF_A_BASE, 'nonce_not_signed'];

/** Why the others do not apply. */
const DOES_NOT_APPLY: Readonly<Record<OutboundProfileId, Readonly<Partial<Record<Suspicion, string>>>>> = {
  vouchersx: { secret_not_decoded: 'takes the text', seconds_for_milliseconds: 'takes seconds' },
  daylight: { secret_not_decoded: 'takes the text', seconds_for_milliseconds: 'takes seconds' },
  nitro: {
    secret_not_decoded: 'takes the text',
    milliseconds_for_seconds: 'takes milliseconds',
    empty_body_without_dot: 'has no separator',
    separator_missing: 'has no separator',
  },
  tolinku: {
    secret_not_decoded: 'takes the text',
    seconds_for_milliseconds: 'signs no time',
    milliseconds_for_seconds: 'signs no time',
    empty_body_without_dot: 'signs one part',
    separator_missing: 'signs one part',
    other_profile: 'its headers have no part that the others sign',
  },
  'standard-webhooks': {
    secret_decoded: 'the key is decoded',
    secret_without_prefix: 'the key is what follows the prefix',
    secret_with_newline: 'decoders pass over it',
    seconds_for_milliseconds: 'takes seconds',
  },
};

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const mac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();

function suspect(profileId: OutboundProfileId, signature: Buffer, body: string, secrets: readonly string[]) {
  const profile: DelimitedProfile = PROFILES[profileId];
  const parts = { ...EXAMPLES[profileId].parts, body: utf8(body) };
  return diagnoseDelimited({ profile, parts, signatures: [signature] }, secrets.map(utf8));
}

describe.each(OUTBOUND_PROFILES.map((id) => ({ id, example: EXAMPLES[id] })))(
  'a delivery of $id',
  ({ id, example }) => {
    const { key, secret, content } = example;
    const seeds = [...bodySeeds(example), ...SEEDS[id]];
    const signedBy = (seed: Seed) => mac(seed.key ?? key, seed.content ?? content(seed.body ?? BODY));

    test('every suspicion has a mistake that leads to it, or a reason why there is none', () => {
      const known = [...new Set(seeds.map(({ suspicion }) => suspicion)), ...Object.keys(DOES_NOT_APPLY[id])];
      expect([...known, ...NEVER_OUT].sort()).toEqual(Object.keys(SUSPICIONS).sort());
    });

    it.each(seeds)('has $suspicion, whichever of two secrets it is of: $content', (seed) => {
      const body = seed.body ?? BODY;
      expect(suspect(id, signedBy(seed), body, [secret])).toBe(seed.suspicion);
      expect(suspect(id, signedBy(seed), body, ['whsec_b3RoZXI=', secret])).toBe(seed.suspicion);
    });

    it.each(seeds)('has nothing for another secret, or none, where it has $suspicion: $content', (seed) => {
      for (const secrets of [['whsec_b3RoZXI='], ['sk_other'], ['', 'no secret'], []])
        expect(suspect(id, signedBy(seed), seed.body ?? BODY, secrets)).toBeUndefined();
    });

    it('is not suspected of anything but its headers where the content is right', () => {
      expect(suspect(id, mac(key, content(BODY)), BODY, [secret])).toBe('other_profile');
    });

    it('is suspected of nothing when the secret is another, whatever was signed', () => {
      const body = fc.oneof(fc.json({ maxDepth: 3 }), fc.string());
      fc.assert(
        fc.property(body, fc.string({ minLength: 1 }), fc.constantFrom(...seeds), (text, other, seed) => {
          fc.pre(other !== secret);
          const signature = mac(`another ${other}`, seed.content ?? content(text));
          expect(suspect(id, signature, text, [secret])).toBeUndefined();
        }),
        { numRuns: 50 },
      );
    });

    it('may carry several signatures, of any length: one that fits is enough', () => {
      const [seed] = seeds;
      if (!seed) throw new Error('no seeds');
      const profile: DelimitedProfile = PROFILES[id];
      const parts = { ...example.parts, body: utf8(BODY) };
      const signatures = [Buffer.alloc(0), Buffer.alloc(33), Buffer.alloc(32), signedBy(seed)];
      expect(diagnoseDelimited({ profile, parts, signatures }, [utf8(secret)])).toBe(seed.suspicion);
      expect(diagnoseDelimited({ profile, parts, signatures: signatures.slice(0, 3) }, [utf8(secret)])).toBeUndefined();
    });
  },
);

describe('of several mistakes that would explain it, the plainest is named', () => {
  const { key, secret, content } = EXAMPLES.vouchersx;
  test.each([
    ['{ }', '{}', 'json_reserialized'],
    ['{}\n', '{}', 'trailing_newline'],
    ['{}', '{}\n', 'trailing_newline'],
    ['{\n}', '{}', 'json_reserialized'],
    ['[]', '', 'body_not_signed'],
    ['{"a":1}', '{\n  "a": 1\n}', 'json_pretty_printed'],
    ['{\n    "a": 1\n}', '{\n  "a": 1\n}', 'json_pretty_printed'],
    ['{\n    "a": 1\n}', '{"a":1}', 'json_reserialized'],
    ['{"a":1}', '{"a": 1}', 'json_reserialized'],
    ['{"a":1}\n', '{\n  "a": 1\n}', 'json_pretty_printed'],
  ])('sent %j, signed %j: %s', (sent, signed, suspicion) => {
    expect(suspect('vouchersx', mac(key, content(signed)), sent, [secret])).toBe(suspicion);
  });

  it('an empty body without its dot is that, although nitro would sign the same', () => {
    expect(suspect('vouchersx', mac(key, S), '', [secret])).toBe('empty_body_without_dot');
  });
});

describe.each(INBOUND_ROWS)('a request of $name', ({ example }) => {
  const claim = parseGood(example.request);

  it('is suspected of its headers alone where the content is right', () => {
    expect(diagnoseSigning(claim, example.key.material)).toBe('other_profile');
  });

  it('is suspected of nothing when the signature is another', () => {
    const length = claim.algorithm === 'ed25519' ? 64 : 32;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (signature) => {
        expect(diagnoseSigning({ ...claim, signatures: [signature] }, example.key.material)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is suspected of nothing when there is no key, or no signature', () => {
    expect(diagnoseSigning(claim, [])).toBeUndefined();
    expect(diagnoseSigning({ ...claim, signatures: [] }, example.key.material)).toBeUndefined();
  });
});

test('a request of rfc9421 whose body is not the signed one is suspected by its digest, and by that alone', () => {
  const row = INBOUND_ROWS.find(({ name }) => name === 'rfc9421 with hmac-sha256');
  if (!row) throw new Error('no such row');
  const claim = parseGood(row.example.request);
  const sent = (body: Buffer) => ({ ...claim, request: { ...claim.request, body }, bodyMatchesDigest: false });
  const keys = [createSecretKey(utf8('sk_other'))];
  expect(diagnoseSigning(sent(Buffer.concat([claim.request.body, utf8('\n')])), keys)).toBe('trailing_newline');
  expect(diagnoseSigning(sent(utf8('{"other":1}')), row.example.key.material)).toBeUndefined();
});
