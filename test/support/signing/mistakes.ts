// The well-known mistakes, made deliberately under every profile to which they apply.

import type { Suspicion } from '../../../lib/protocol/diagnosis/suspicions.ts';
import { INBOUND_PROFILES, type InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { BODY, type Draft, HANDS, join } from './hand-signing.ts';
import type { PartnerWay } from './partner-ways.ts';

/** One mistake, and the refusal that it causes. */
export interface Mistake {
  readonly suspicion: Suspicion;
  readonly what: string;
  readonly problem: 'signature_invalid' | 'request_malformed';
  readonly makes: (draft: Draft, way: PartnerWay) => Partial<Draft>;
  /** True when the relay finds the mistake without the key, so that unknown keys get the suspicion too. */
  readonly isPlain?: boolean;
  /** The profile of the key, when it is not the profile of the headers. */
  readonly keyOf?: InboundProfileId;
}

const value = JSON.parse(BODY.toString());
const ASCII = (text: string) => text.replaceAll('é', '\\u00e9');
const SPACED = BODY.toString().replaceAll('":', '": ').replaceAll('",', '", ');
const pretty = (indent: number | string) => JSON.stringify(value, null, indent);

/** Two texts of the same JSON: the one that is signed, and the one that is sent. */
const REWRITTEN: Readonly<Record<string, readonly [signed: string, sent: string]>> = {
  'compact, sent with spaces': [BODY.toString(), SPACED],
  'with spaces, sent compact': [SPACED, BODY.toString()],
  'with escapes, sent without': [ASCII(BODY.toString()), BODY.toString()],
  'without escapes, sent with them': [BODY.toString(), ASCII(BODY.toString())],
  'with spaces and escapes, as Python writes it': [ASCII(SPACED), BODY.toString()],
  'with escaped slashes, as PHP writes it': [ASCII(BODY.toString()).replaceAll('/', '\\/'), BODY.toString()],
  'with an escaped ampersand, as Go writes it': [BODY.toString().replaceAll('&', '\\u0026'), BODY.toString()],
  'with an escaped equals sign, as Gson writes it': [
    BODY.toString().replaceAll('&', '\\u0026').replaceAll('=', '\\u003d'),
    BODY.toString(),
  ],
  'compact, sent pretty': [BODY.toString(), pretty(2)],
};

const PRETTY = { 'by two': pretty(2), 'by four': pretty(4), 'by tabs': pretty('\t') } as const;

const LINE_BREAKS: Readonly<Record<string, readonly [signed: Buffer, sent: Buffer]>> = {
  'a line feed signed': [join(BODY, '\n'), BODY],
  'a line feed sent': [BODY, join(BODY, '\n')],
  'CR LF signed': [join(BODY, '\r\n'), BODY],
  'CR LF sent': [BODY, join(BODY, '\r\n')],
};

function changedBody(suspicion: Suspicion, what: string, signed: string | Buffer, sent: string | Buffer): Mistake {
  const makes = () => ({ signedBody: Buffer.from(signed), body: Buffer.from(sent) });
  return { suspicion, what, problem: 'signature_invalid', makes };
}

/** Mistakes in the body. They can happen under every profile. */
const OF_THE_BODY: readonly Mistake[] = [
  ...Object.entries(REWRITTEN).map(([what, texts]) => changedBody('json_reserialized', what, ...texts)),
  ...Object.entries(PRETTY).map(([what, text]) => changedBody('json_pretty_printed', what, text, BODY)),
  ...Object.entries(LINE_BREAKS).map(([what, texts]) => changedBody('trailing_newline', what, ...texts)),
  changedBody('body_not_signed', 'an empty text signed', '', BODY),
];

const invalid = (suspicion: Suspicion, what: string, makes: Mistake['makes']): Mistake => {
  return { suspicion, what, problem: 'signature_invalid', makes };
};
const malformed = (suspicion: Suspicion, what: string, makes: Mistake['makes']): Mistake => {
  return { suspicion, what, problem: 'request_malformed', makes, isPlain: true };
};

const WITHOUT_PREFIX = (secret: Draft['credential']) => String(secret).replace(/^sk_/, '');

const OF_THE_SECRET: readonly Mistake[] = [
  invalid('secret_decoded', 'decoded', ({ credential }) => ({
    credential: Buffer.from(WITHOUT_PREFIX(credential), 'base64url'),
  })),
  invalid('secret_without_prefix', 'cut', ({ credential }) => ({ credential: WITHOUT_PREFIX(credential) })),
  invalid('secret_with_newline', 'with its line feed', ({ credential }) => ({ credential: `${credential}\n` })),
];

const SEPARATORS: readonly Mistake[] = [
  invalid('empty_body_without_dot', 'an empty body', () => ({
    body: Buffer.alloc(0),
    signedBody: Buffer.alloc(0),
    edit: (content) => content.subarray(0, -1),
  })),
  invalid('separator_missing', 'all separators', ({ signedTimestamp, nonce, signedBody }, { hasNonce }) => ({
    edit: () => join(signedTimestamp, hasNonce ? nonce : '', signedBody),
  })),
];

const SECONDS: readonly Mistake[] = [
  malformed('milliseconds_for_seconds', 'sent', ({ timestamp }) => ({ timestamp: `${timestamp}250` })),
  invalid('milliseconds_for_seconds', 'signed', ({ timestamp }) => ({ signedTimestamp: `${timestamp}000` })),
];

const MILLISECONDS: readonly Mistake[] = [
  malformed('seconds_for_milliseconds', 'sent', ({ timestamp }) => ({ timestamp: timestamp.slice(0, 10) })),
  invalid('seconds_for_milliseconds', 'signed', ({ timestamp }) => ({ signedTimestamp: timestamp.slice(0, 10) })),
];

const HEX: readonly Mistake[] = [
  malformed('base64_for_hex', 'padded', () => ({ write: (_text, mac) => mac.toString('base64') })),
  malformed('base64_for_hex', 'of URLs', () => ({ write: (_text, mac) => mac.toString('base64url') })),
];

const PREFIXED: readonly Mistake[] = ['sha256=', 'hmac-sha256=', 'sha256:'].map((prefix) =>
  malformed('signature_prefixed', prefix, () => ({ write: (text) => prefix + text })),
);

const LOWER_CASE = malformed('upper_case_hex', 'all letters', () => ({ write: (text) => text.toUpperCase() }));

/** Returns requests with the signed content of another profile, and requests for a key of another profile. */
function otherProfile(own: InboundProfileId, schemes: readonly (keyof typeof HANDS | 'the body alone')[]): Mistake[] {
  const contents = schemes.map((scheme) =>
    invalid('other_profile', `signed as ${scheme}`, (draft) => ({
      edit: () => (scheme === 'the body alone' ? draft.signedBody : HANDS[scheme].content(draft)),
    })),
  );
  const keys = INBOUND_PROFILES.filter((id) => id !== own).map((keyOf) => {
    return { ...invalid('other_profile', `with a key of ${keyOf}`, () => ({})), keyOf };
  });
  return [...contents, ...keys];
}

const line = (edit: (base: string) => string) => () => ({
  edit: (content: Buffer) => Buffer.from(edit(content.toString())),
});

/** Mistakes in a signature base or in its headers. They can happen with a secret and with a private key. */
const OF_THE_BASE: readonly Mistake[] = [
  ...OF_THE_BODY.map((mistake) => ({ ...mistake, isPlain: true })),
  invalid(
    'trailing_newline',
    'after the base',
    line((base) => `${base}\n`),
  ),
  invalid(
    'query_without_question_mark',
    'no query',
    line((base) => base.replace('"@query": ?', '"@query": ')),
  ),
  invalid('query_without_question_mark', 'a query', () => ({
    query: 'a=1',
    ...line((base) => base.replace('"@query": ?a=1', '"@query": a=1'))(),
  })),
  invalid('path_with_query', 'a query', () => ({
    query: 'a=$1&b=$$',
    ...line((base) => base.replace(/("@path": .*)/, (text) => `${text}?a=$1&b=$$`))(),
  })),
  invalid(
    'parameters_missing',
    'cut',
    line((base) => base.replace(/\n"@signature-params".*$/, '')),
  ),
  malformed('milliseconds_for_seconds', 'as created', ({ timestamp }) => ({
    timestamp: `${timestamp}250`,
    signedTimestamp: `${timestamp}250`,
  })),
  malformed('base64_alphabet', 'of URLs', () => ({ write: (_text, signature) => signature.toString('base64url') })),
  { ...invalid('hex_for_base64', 'lower case', () => ({ write: hexOf })), isPlain: true },
  {
    ...invalid('hex_for_base64', 'upper case', () => ({ write: (...all) => hexOf(...all).toUpperCase() })),
    isPlain: true,
  },
];

function hexOf(_text: string, signature: Buffer): string {
  return signature.toString('hex');
}

/** The mistakes by the name of the way to sign. */
export const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  'link-peeler': [
    ...OF_THE_BODY,
    ...OF_THE_SECRET,
    ...SEPARATORS,
    ...SECONDS,
    ...HEX,
    ...PREFIXED,
    LOWER_CASE,
    invalid('nonce_not_signed', 'left out', ({ timestamp, body }) => ({ edit: () => join(timestamp, '.', body) })),
    ...otherProfile('link-peeler', ['nitro', 'the body alone']),
  ],
  vouchersx: [
    ...OF_THE_BODY,
    ...OF_THE_SECRET,
    ...SEPARATORS,
    ...SECONDS,
    ...HEX,
    ...PREFIXED,
    ...otherProfile('vouchersx', ['the body alone']),
  ],
  daylight: [
    ...OF_THE_BODY,
    ...OF_THE_SECRET,
    ...SEPARATORS,
    ...SECONDS,
    ...PREFIXED,
    malformed('hex_for_base64', 'lower case', () => ({ write: hexOf })),
    malformed('base64_alphabet', 'padded', () => ({ write: (_text, mac) => mac.toString('base64') })),
    ...otherProfile('daylight', ['the body alone']),
  ],
  nitro: [
    ...OF_THE_BODY,
    ...OF_THE_SECRET,
    ...MILLISECONDS,
    ...HEX,
    ...PREFIXED,
    LOWER_CASE,
    ...otherProfile('nitro', ['vouchersx', 'daylight', 'the body alone']),
  ],
  rfc9421: [
    ...OF_THE_BASE,
    ...OF_THE_SECRET,
    ...otherProfile('rfc9421', ['link-peeler', 'vouchersx', 'nitro', 'the body alone']),
  ],
  'rfc9421 with ed25519': OF_THE_BASE,
};
