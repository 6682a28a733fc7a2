// The well-known mistakes in signing, each with a sentence that says how to fix it. The codes are API.

/** The sentences are for callers: they come in problem details, and the command line prints them. */
export const SUSPICIONS = {
  json_reserialized:
    'The signature fits the same JSON serialized again, with other spaces or escapes. Serialize once, sign those bytes, and send those bytes.',
  json_pretty_printed:
    'The signature fits your JSON pretty-printed. Serialize once, sign those bytes, and send those bytes.',
  trailing_newline:
    'The signature fits a body with one line break more, or one less, at its end. Sign exactly the bytes that you send: use printf, not echo; use --data-binary, not -d.',
  body_not_signed: 'The signature fits an empty body. Set the body before you sign.',
  empty_body_without_dot:
    'The signature fits without the last separator. The dot is signed even when the body is empty: "timestamp.".',
  separator_missing: 'The signature fits the parts without the dots between them. Join the parts with dots.',
  nonce_not_signed: 'The signature fits without the nonce. Sign the nonce and send it.',
  seconds_for_milliseconds: 'The timestamp is in seconds. This profile takes milliseconds, 13 digits.',
  milliseconds_for_seconds: 'The timestamp is in milliseconds. This profile takes seconds, 10 digits.',
  secret_decoded:
    'The signature fits the decoded bytes of your secret. The key is the text itself, in UTF-8, with its prefix.',
  secret_not_decoded:
    'The signature fits the text of your secret. The key is the bytes after whsec_, decoded from base64.',
  secret_without_prefix: 'The signature fits your secret without its prefix. The key is the whole text.',
  secret_with_newline:
    'The signature fits your secret with a line break after it. Trim the text that you read from a file.',
  other_profile:
    'The signature fits another profile than the one of this key or these headers. Sign with the profile of the key.',
  base64_for_hex: 'The signature is base64. This profile takes 64 digits of hex.',
  hex_for_base64: 'The signature is hex. This profile takes base64.',
  base64_alphabet:
    'The signature is the wrong kind of base64. Use the alphabet (+/ or -_) and the padding of this profile.',
  upper_case_hex: 'The signature is upper-case hex. This profile takes lower case.',
  signature_prefixed: 'The signature has a prefix, such as "sha256=". Send the signature alone.',
  query_without_question_mark:
    'The signature fits a base whose "@query" has no question mark. Write it even when the query is empty.',
  path_with_query: 'The signature fits a base whose "@path" contains the query. The query has its own line, "@query".',
  parameters_missing: 'The signature fits a base without its last line, "@signature-params". Add that line.',
} as const;

export type Suspicion = keyof typeof SUSPICIONS;
