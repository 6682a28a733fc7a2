# nitro: x-signature: hex(HMAC-SHA256(secret, timestamp body)), with the timestamp in milliseconds and no separator.

nt_mac() { mac "${2:-$KEY}" "$TIME_MS" "$1"; } # <body hex> [key]
nt_input() { # <body hex> <x-signature> [x-timestamp] [more fields]
  input "$SECRET" "$TIME_MS" "$1" \
    "\"x-signet-key\": \"partner-1\", \"x-timestamp\": \"${3:-$TIME_MS}\", \"x-signature\": \"$2\"" "${4:-}"
}
nt_valid() { vector "$1" "$2" "$(nt_input "$3" "$(nt_mac "$3")")"; }
nt() { vector "$1" "$2" "$(nt_input "$JSON_BODY" "$3")" "$4"; } # <comment> <flags> <x-signature> <problem>
nt_time() { vector "$1" "$2" "$(nt_input "$JSON_BODY" "$3" "$4")" "$5"; } # <comment> <flags> <x-signature> <x-timestamp> <problem>
nt_at() { vector "$1" "$2" "$(nt_input "$JSON_BODY" "$good" '' "\"nowMs\": $3")" "${4:-}"; }

nitro() {
  begin nitro \
    'EmptyBody=Without a body the timestamp alone is signed.' \
    'NonAscii=The body is bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.' \
    'Binary=The body is no UTF-8 at all.' \
    'Boundary=Digits where time and body meet: only the one length of the time tells them apart.' \
    'SecretText=The key is the UTF-8 of the secret text, whatever it looks like.' \
    'MissingPart=A signer forgot a part, or added a separator.' \
    'PartOrder=A signer joined the parts in another order.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the secret in another reading.' \
    'WrongEncoding=The right MAC in another text.' \
    'WrongLength=A signature of another length, which some comparisons throw on.' \
    'HeaderForm=A header is missing, or came twice.' \
    'WrongTime=The time that is sent is not the time that was signed, or has another unit.' \
    'Freshness=Five minutes either way, to the millisecond.'
  local good
  good=$(nt_mac "$JSON_BODY")
  nt_valid 'JSON' '' "$JSON_BODY"
  nt_valid 'no body' 'EmptyBody' "$EMPTY_BODY"
  nt_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  nt_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  nt_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  nt_valid 'a body of separators and digits' 'Boundary' "$DOT_BODY"
  nt_valid 'a body of one digit' 'Boundary' 37
  vector 'that digit moved into the time' 'Boundary' "$(nt_input '' "$(nt_mac 37)" "${TIME_MS}7")" "$MALFORMED"
  vector 'the last digit of the time moved into the body' 'Boundary' "$(nt_input 33 "$(nt_mac '')" "${TIME_MS%?}")" "$MALFORMED"

  nt 'a dot between' 'MissingPart' "$(mac "$KEY" "$TIME_MS." "$JSON_BODY")" "$INVALID"
  vector 'a dot after the time, and no body' 'EmptyBody MissingPart' "$(nt_input '' "$(mac "$KEY" "$TIME_MS." '')")" "$INVALID"
  nt 'only the body signed' 'MissingPart' "$(mac "$KEY" '' "$JSON_BODY")" "$INVALID"
  nt 'only the time signed' 'MissingPart' "$(mac "$KEY" "$TIME_MS" '')" "$INVALID"
  nt 'body before time' 'PartOrder' "$(mac "$KEY" '' "$JSON_BODY" "$TIME_MS")" "$INVALID"
  nt 'the JSON written again before signing' 'WrongBytes' "$(nt_mac "$SPACED_BODY")" "$INVALID"
  nt 'a newline signed after the body' 'WrongBytes' "$(mac "$KEY" "$TIME_MS" "$JSON_BODY" $'\n')" "$INVALID"
  nt 'another secret' 'WrongKey' "$(nt_mac "$JSON_BODY" "$OTHER_KEY")" "$INVALID"
  nt 'the secret decoded before use' 'WrongKey' "$(nt_mac "$JSON_BODY" "$DECODED_KEY")" "$INVALID"

  nt 'upper-case hex' 'WrongEncoding' "$(upper "$good")" "$MALFORMED"
  nt 'mixed-case hex' 'WrongEncoding' "$(upper "${good:0:32}")${good:32}" "$MALFORMED"
  nt 'base64' 'WrongEncoding' "$(base64_of "$good")" "$MALFORMED"
  nt 'base64url without padding' 'WrongEncoding' "$(base64url_of "$good")" "$MALFORMED"
  nt 'sha256= before it' 'WrongEncoding' "sha256=$good" "$MALFORMED"
  nt 'v1= before it' 'WrongEncoding' "v1=$good" "$MALFORMED"
  bare_hex_cut_and_padded nt "$good"
  nt 'the signature twice, joined' 'HeaderForm' "$good,$good" "$MALFORMED"
  nt_time 'the time twice, joined' 'HeaderForm' "$good" "$TIME_MS,$TIME_MS" "$MALFORMED"
  vector 'no time' 'HeaderForm' "$(input "$SECRET" "$TIME_MS" "$JSON_BODY" \
    "\"x-signet-key\": \"partner-1\", \"x-signature\": \"$good\"")" "$MALFORMED"
  vector 'no signature' 'HeaderForm' "$(input "$SECRET" "$TIME_MS" "$JSON_BODY" \
    "\"x-signet-key\": \"partner-1\", \"x-timestamp\": \"$TIME_MS\"")" "$MISSING"

  nt_time 'one millisecond later than signed' 'WrongTime' "$good" "$((TIME_MS + 1))" "$INVALID"
  nt_time 'seconds sent and signed' 'WrongTime' "$(mac "$KEY" "$TIME" "$JSON_BODY")" "$TIME" "$MALFORMED"
  nt 'seconds signed, milliseconds sent' 'WrongTime' "$(mac "$KEY" "$TIME" "$JSON_BODY")" "$INVALID"
  nt_time 'microseconds sent and signed' 'WrongTime' "$(mac "$KEY" "${TIME_MS}000" "$JSON_BODY")" "${TIME_MS}000" "$MALFORMED"
  nt_time 'a leading zero sent and signed' 'WrongTime' "$(mac "$KEY" "0$TIME_MS" "$JSON_BODY")" "0$TIME_MS" "$MALFORMED"
  nt_time 'a date sent and signed' 'WrongTime' \
    "$(mac "$KEY" '2027-01-15T08:00:00.123Z' "$JSON_BODY")" '2027-01-15T08:00:00.123Z' "$MALFORMED"
  finish_timed nt "$TIME_MS"
}
