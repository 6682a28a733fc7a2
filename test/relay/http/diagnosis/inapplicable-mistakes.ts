// The well-known mistakes that are impossible under a profile or have another name there, each with the reason.
import type { Suspicion } from '../../../../lib/protocol/diagnosis/suspicions.ts';

const NOT_A_BASE = 'signs no signature base';
const NO_BASE_LINES = {
  query_without_question_mark: NOT_A_BASE,
  path_with_query: NOT_A_BASE,
  parameters_missing: NOT_A_BASE,
} as const;
const TAKES_TEXT = { secret_not_decoded: 'the key is the text of the secret' } as const;
const TAKES_SECONDS = { seconds_for_milliseconds: 'takes seconds' } as const;
const TAKES_HEX = { hex_for_base64: 'takes hex', base64_alphabet: 'takes hex' } as const;
const TAKES_BASE64 = { base64_for_hex: 'takes base64', upper_case_hex: 'takes base64' } as const;
const NO_NONCE = { nonce_not_signed: 'has no nonce' } as const;
const A_BASE = {
  ...TAKES_TEXT,
  ...TAKES_SECONDS,
  ...TAKES_BASE64,
  empty_body_without_dot: 'joins the parts as lines, and covers the body by its digest',
  separator_missing: 'joins the parts as lines',
  nonce_not_signed: 'without its nonce the base is malformed, and the answer says so',
  signature_prefixed: 'a byte sequence allows no prefix, and the answer says where it must be',
} as const;

/** The reasons, by the name of the way of signing and by suspicion. */
export const DOES_NOT_APPLY: Readonly<Record<string, Readonly<Partial<Record<Suspicion, string>>>>> = {
  'link-peeler': { ...NO_BASE_LINES, ...TAKES_TEXT, ...TAKES_SECONDS, ...TAKES_HEX },
  vouchersx: {
    ...NO_BASE_LINES,
    ...TAKES_TEXT,
    ...TAKES_SECONDS,
    ...TAKES_HEX,
    ...NO_NONCE,
    upper_case_hex: 'takes hex of either case',
  },
  daylight: { ...NO_BASE_LINES, ...TAKES_TEXT, ...TAKES_SECONDS, ...TAKES_BASE64, ...NO_NONCE },
  nitro: {
    ...NO_BASE_LINES,
    ...TAKES_TEXT,
    ...TAKES_HEX,
    ...NO_NONCE,
    milliseconds_for_seconds: 'takes milliseconds',
    empty_body_without_dot: 'has no separator',
    separator_missing: 'has no separator',
  },
  rfc9421: A_BASE,
  'rfc9421 with ed25519': {
    ...A_BASE,
    secret_not_decoded: 'has no secret',
    secret_decoded: 'has no secret',
    secret_without_prefix: 'has no secret',
    secret_with_newline: 'has no secret',
    other_profile: 'a public key can be used with one profile only',
  },
};
