# daylight: daylight-signature: t=…,v1=base64url(HMAC-SHA256(secret, timestamp "." body)), with one v1 and no padding.

dl_mac() { mac "${2:-$KEY}" "$TIME." "$1"; } # <body hex> [key]
dl_input() { input "$SECRET" "$TIME" "$1" "\"x-signet-key\": \"partner-1\", \"daylight-signature\": \"$2\"" "${3:-}"; }
dl_valid() { vector "$1" "$2" "$(dl_input "$3" "t=$TIME,v1=$(base64url_of "$(dl_mac "$3")")")"; }
dl() { vector "$1" "$2" "$(dl_input "$JSON_BODY" "$3")" "${4:-}"; } # <comment> <flags> <daylight-signature> [problem]
dl_signed() { vector "$1" "$2" "$(dl_input "$JSON_BODY" "t=$TIME,v1=$(base64url_of "$3")")" "$INVALID"; } # a wrong MAC, as hex
dl_at() { vector "$1" "$2" "$(dl_input "$JSON_BODY" "t=$TIME,v1=$good" "\"nowMs\": $3")" "${4:-}"; }

daylight() {
  begin daylight \
    'EmptyBody=The dot before an empty body must stay.' \
    'NonAscii=The body is bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.' \
    'Binary=The body is no UTF-8 at all.' \
    'Separator=The body has separators itself: a verifier that splits the signed content breaks it.' \
    'Alphabet=The signature has - or _: a signer of standard base64 is found out here only.' \
    'Several=One v1 and no more: a verifier that keeps the last, or the first, takes what another one does not.' \
    'SecretText=The key is the UTF-8 of the secret text, whatever it looks like.' \
    'MissingPart=A signer forgot a part or the dot.' \
    'PartOrder=A signer joined the parts in another order.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the secret in another reading.' \
    'WrongEncoding=The right MAC in another text.' \
    'TailBits=Another text for the same bytes: a verifier that decodes leniently takes it.' \
    'WrongLength=A signature of another length, which some comparisons throw on.' \
    'HeaderForm=The header is not exactly t=…,v1=…: a lenient parser takes what another one reads differently.' \
    'WrongTime=The time that is sent is not the time that was signed, or has another unit.' \
    'Freshness=Five minutes either way, to the millisecond.'
  local good_hex good other
  good_hex=$(dl_mac "$JSON_BODY")
  good=$(base64url_of "$good_hex")
  other=$(base64url_of "$(dl_mac "$JSON_BODY" "$OTHER_KEY")")
  dl_valid 'JSON' '' "$JSON_BODY"
  dl_valid 'no body: the dot stays' 'EmptyBody' "$EMPTY_BODY"
  dl_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  dl_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  dl_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  dl_valid 'a body of separators and digits' 'Separator' "$DOT_BODY"
  # Adds spaces to the body until its signature has both characters that standard base64 does not have.
  local body=7b7d text
  until text=$(base64url_of "$(dl_mac "$body")"); [[ $text == *-* && $text == *_* ]]; do body+=20; done
  dl_valid 'a signature with - and _' 'Alphabet' "$body"
  vector 'the same in the standard alphabet' 'Alphabet WrongEncoding' \
    "$(dl_input "$body" "t=$TIME,v1=$(tr -- '-_' '+/' <<<"$text")")" "$MALFORMED"

  vector 'no dot before an empty body' 'EmptyBody MissingPart' \
    "$(dl_input '' "t=$TIME,v1=$(base64url_of "$(mac "$KEY" "$TIME" '')")")" "$INVALID"
  dl_signed 'no dot' 'MissingPart' "$(mac "$KEY" "$TIME" "$JSON_BODY")"
  dl_signed 'only the body signed' 'MissingPart' "$(mac "$KEY" '' "$JSON_BODY")"
  dl_signed 'body before time' 'PartOrder' "$(mac "$KEY" '' "$JSON_BODY" ".$TIME")"
  dl_signed 'the JSON written again before signing' 'WrongBytes' "$(dl_mac "$SPACED_BODY")"
  dl_signed 'a newline signed after the body' 'WrongBytes' "$(mac "$KEY" "$TIME." "$JSON_BODY" $'\n')"
  dl 'another secret' 'WrongKey' "t=$TIME,v1=$other" "$INVALID"
  dl_signed 'the secret decoded before use' 'WrongKey' "$(dl_mac "$JSON_BODY" "$DECODED_KEY")"

  dl 'padding' 'WrongEncoding' "t=$TIME,v1=$good=" "$MALFORMED"
  dl 'base64, padded' 'WrongEncoding' "t=$TIME,v1=$(base64_of "$good_hex")" "$MALFORMED"
  dl 'hex' 'WrongEncoding' "t=$TIME,v1=$good_hex" "$MALFORMED"
  dl 'a tail bit set' 'TailBits' "t=$TIME,v1=$(with_tail_bit "$good")" "$MALFORMED"
  dl 'the last character gone' 'WrongLength' "t=$TIME,v1=${good%?}" "$MALFORMED"
  dl 'one character more' 'WrongLength' "t=$TIME,v1=${good}A" "$MALFORMED"
  dl '33 bytes' 'WrongLength' "t=$TIME,v1=$(base64url_of "${good_hex}00")" "$MALFORMED"
  dl 'nothing' 'WrongLength' "t=$TIME,v1=" "$MALFORMED"

  dl 'two v1, both good' 'Several' "t=$TIME,v1=$good,v1=$good" "$MALFORMED"
  dl 'two v1, the first is good' 'Several' "t=$TIME,v1=$good,v1=$other" "$MALFORMED"
  dl 'two v1, the last is good' 'Several' "t=$TIME,v1=$other,v1=$good" "$MALFORMED"
  dl 'v1 before t' 'HeaderForm' "v1=$good,t=$TIME" "$MALFORMED"
  dl 'a space after the comma' 'HeaderForm' "t=$TIME, v1=$good" "$MALFORMED"
  dl 'a space at the end' 'HeaderForm' "t=$TIME,v1=$good " "$MALFORMED"
  dl 'a newline at the end' 'HeaderForm' "t=$TIME,v1=$good\\n" "$MALFORMED"
  dl 'a second t' 'HeaderForm' "t=$TIME,t=$TIME,v1=$good" "$MALFORMED"
  dl 'the header twice, joined' 'HeaderForm' "t=$TIME,v1=$good,t=$TIME,v1=$good" "$MALFORMED"
  dl 'a v0 besides' 'HeaderForm' "t=$TIME,v1=$good,v0=$other" "$MALFORMED"
  dl 'no t' 'HeaderForm' "v1=$good" "$MALFORMED"
  dl 'no v1' 'HeaderForm' "t=$TIME" "$MALFORMED"
  vector 'no signature header' 'HeaderForm' "$(input "$SECRET" "$TIME" "$JSON_BODY" '"x-signet-key": "partner-1"')" "$MISSING"

  dl 'one second later than signed' 'WrongTime' "t=$((TIME + 1)),v1=$good" "$INVALID"
  dl 'milliseconds sent and signed' 'WrongTime' \
    "t=$TIME_MS,v1=$(base64url_of "$(mac "$KEY" "$TIME_MS." "$JSON_BODY")")" "$MALFORMED"
  finish_timed dl "${TIME}000"
}
