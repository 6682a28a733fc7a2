// Mistakes in the signed content or the key of deliveries and requests: each is found, and no other is reported.
// The tests sign with node:crypto.
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
  /** The key that the profile derives from the secret. */
  readonly key: string | Buffer;
  readonly content: (body: string) => string;
}

/** The signed content of each outbound profile, written out. */
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

/** A mistake. A field that is absent is right. */
interface Seed {
  readonly suspicion: Suspicion;
  /** The content that was signed. */
  readonly content?: string;
  /** The key that signed it. */
  readonly key?: string | Buffer;
  /** The body that was sent. */
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

const IN_THE_FORM: readonly Suspicion[] = [
  'base64_for_hex',
  'hex_for_base64',
  'base64_alphabet',
  'upper_case_hex',
  'signature_prefixed',
];
const IN_A_SIGNATURE_BASE: readonly Suspicion[] = [
  'query_without_question_mark',
  'path_with_query',
  'parameters_missing',
];
const NEVER_OUT: readonly Suspicion[] = [...IN_THE_FORM, ...IN_A_SIGNATURE_BASE, 'nonce_not_signed'];

/** The reasons why some mistakes are impossible under a profile. */
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
    secret_without_prefix: 'the key is the part after the prefix',
    secret_with_newline: 'decoders ignore it',
    seconds_for_milliseconds: 'takes seconds',
  },
};

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const mac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();

function diagnose(profileId: OutboundProfileId, signature: Buffer, body: string, secrets: readonly string[]) {
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

    test('covers every suspicion with a mistake, or with a reason why it is impossible', () => {
      const known = [...new Set(seeds.map(({ suspicion }) => suspicion)), ...Object.keys(DOES_NOT_APPLY[id])];
      expect([...known, ...NEVER_OUT].sort()).toEqual(Object.keys(SUSPICIONS).sort());
    });

    it.each(seeds)('has $suspicion, with one secret and as the second of two: $content', (seed) => {
      const body = seed.body ?? BODY;
      expect(diagnose(id, signedBy(seed), body, [secret])).toBe(seed.suspicion);
      expect(diagnose(id, signedBy(seed), body, ['whsec_b3RoZXI=', secret])).toBe(seed.suspicion);
    });

    it.each(seeds)('has no suspicion with another secret or no secret, in place of $suspicion: $content', (seed) => {
      for (const secrets of [['whsec_b3RoZXI='], ['sk_other'], ['', 'no secret'], []])
        expect(diagnose(id, signedBy(seed), seed.body ?? BODY, secrets)).toBeUndefined();
    });

    it('has the suspicion other_profile when the signed content is right', () => {
      expect(diagnose(id, mac(key, content(BODY)), BODY, [secret])).toBe('other_profile');
    });

    it('has no suspicion when another secret signed any content', () => {
      const body = fc.oneof(fc.json({ maxDepth: 3 }), fc.string());
      fc.assert(
        fc.property(body, fc.string({ minLength: 1 }), fc.constantFrom(...seeds), (text, other, seed) => {
          fc.pre(other !== secret);
          const signature = mac(`another ${other}`, seed.content ?? content(text));
          expect(diagnose(id, signature, text, [secret])).toBeUndefined();
        }),
        { numRuns: 50 },
      );
    });

    it('may have several signatures of any length: one that fits is enough', () => {
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

describe('names the simplest of several mistakes that explain a signature', () => {
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
    expect(diagnose('vouchersx', mac(key, content(signed)), sent, [secret])).toBe(suspicion);
  });

  it('names the missing dot of an empty body, although nitro would sign the same bytes', () => {
    expect(diagnose('vouchersx', mac(key, S), '', [secret])).toBe('empty_body_without_dot');
  });
});

describe.each(INBOUND_ROWS)('a request of $name', ({ example }) => {
  const claim = parseGood(example.request);

  it('has the suspicion other_profile when the signed content is right', () => {
    expect(diagnoseSigning(claim, example.key.material)).toBe('other_profile');
  });

  it('has no suspicion with a random signature', () => {
    const length = claim.algorithm === 'ed25519' ? 64 : 32;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (signature) => {
        expect(diagnoseSigning({ ...claim, signatures: [signature] }, example.key.material)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('has no suspicion without a key and without a signature', () => {
    expect(diagnoseSigning(claim, [])).toBeUndefined();
    expect(diagnoseSigning({ ...claim, signatures: [] }, example.key.material)).toBeUndefined();
  });
});

test('a request of rfc9421 with another body is diagnosed by its digest only, without a key', () => {
  const row = INBOUND_ROWS.find(({ name }) => name === 'rfc9421 with hmac-sha256');
  if (!row) throw new Error('no such row');
  const claim = parseGood(row.example.request);
  const sent = (body: Buffer) => ({ ...claim, request: { ...claim.request, body }, bodyMatchesDigest: false });
  const keys = [createSecretKey(utf8('sk_other'))];
  expect(diagnoseSigning(sent(Buffer.concat([claim.request.body, utf8('\n')])), keys)).toBe('trailing_newline');
  expect(diagnoseSigning(sent(utf8('{"other":1}')), row.example.key.material)).toBeUndefined();
});
