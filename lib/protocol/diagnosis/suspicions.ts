// The well-known mistakes of people who sign, each with the sentence that mends it. A code is API.

export const SUSPICIONS = {
  json_reserialized:
    'The signature fits your JSON written anew, with other spaces or escapes. Serialize once, sign those bytes, and send those bytes.',
  json_pretty_printed:
    'The signature fits your JSON pretty-printed. Serialize once, sign those bytes, and send those bytes.',
  trailing_newline:
    'The signature fits with a line break more or less at the end. Sign exactly what is sent: printf, not echo; --data-binary, not -d.',
  body_not_signed: 'The signature fits an empty body. Sign after the body is there.',
  empty_body_without_dot: 'The signature fits without the last separator. An empty body leaves its dot: "timestamp.".',
  separator_missing: 'The signature fits the parts without the dots between them.',
  nonce_not_signed: 'The signature fits without the nonce. The nonce is sent and signed.',
  seconds_for_milliseconds: 'This profile takes milliseconds, 13 digits; these are seconds.',
  milliseconds_for_seconds: 'This profile takes seconds, 10 digits; these are milliseconds.',
  secret_decoded:
    'The signature fits the decoded bytes of your secret. The key is the text itself, in UTF-8, prefix included.',
  secret_not_decoded: 'The signature fits the text of your secret. The key is what follows whsec_, base64-decoded.',
  secret_without_prefix: 'The signature fits your secret without its prefix. The key is the whole text.',
  secret_with_newline: 'The signature fits your secret with a line break after it. Trim what you read from a file.',
  other_profile:
    'The signature fits another scheme than this key or these headers are for. Sign for the scheme of the key.',
  base64_for_hex: 'The signature is base64. This profile takes 64 digits of hex.',
  hex_for_base64: 'The signature is hex. This profile takes base64.',
  base64_alphabet:
    'The signature is base64 of the other kind: the alphabet (+/ or -_) or the padding is not this profile’s.',
  upper_case_hex: 'The signature is upper-case hex. This profile takes lower case.',
  signature_prefixed: 'Something stands before the signature, such as "sha256=". Send the signature alone.',
  query_without_question_mark:
    'The signature fits a base whose "@query" has no question mark. It is there even when the query is empty.',
  path_with_query: 'The signature fits a base whose "@path" has the query in it. The query has a line of its own.',
  parameters_missing: 'The signature fits a base without its last line, "@signature-params".',
} as const;

export type Suspicion = keyof typeof SUSPICIONS;
