# vouchersx: x-signature: t=…,v1=hex(HMAC-SHA256(secret, timestamp "." body))[,v1=…]. x-partner-slug has the key id.

vx_mac() { mac "${2:-$KEY}" "$TIME." "$1"; } # <body hex> [key]
vx_input() { input "$SECRET" "$TIME" "$1" "\"x-partner-slug\": \"partner-1\", \"x-signature\": \"$2\"" "${3:-}"; }
vx_valid() { vector "$1" "$2" "$(vx_input "$3" "t=$TIME,v1=$(vx_mac "$3")")"; }
vx() { vector "$1" "$2" "$(vx_input "$JSON_BODY" "$3")" "${4:-}"; } # <comment> <flags> <x-signature> [problem]
vx_signed() { vector "$1" "$2" "$(vx_input "$JSON_BODY" "t=$TIME,v1=$3")" "$INVALID"; } # a wrong MAC: <comment> <flags> <MAC>
vx_at() { vector "$1" "$2" "$(vx_input "$JSON_BODY" "t=$TIME,v1=$good" "\"nowMs\": $3")" "${4:-}"; }
# Prints eight v1. The right one is at a place from 1 to 8, and 0 means no right one. <place> [count]
vx_list() {
  local at list="t=$TIME"
  for ((at = 1; at <= ${2:-8}; at++)); do
    if [ "$at" = "$1" ]; then list+=",v1=$good"; else list+=",v1=$other"; fi
  done
  printf '%s' "$list"
}

vouchersx() {
  begin vouchersx \
    'EmptyBody=The dot before an empty body must stay.' \
    'NonAscii=The body is bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.' \
    'Binary=The body is no UTF-8 at all.' \
    'Separator=The body has separators itself: a verifier that splits the signed content breaks it.' \
    'HexCase=Upper-case and mixed hex are the same signature: a verifier that compares texts breaks it.' \
    'Several=Several v1: one good one is enough, wherever it stands, and nine are too many.' \
    'SecretText=The key is the UTF-8 of the secret text, whatever it looks like.' \
    'MissingPart=A signer forgot a part or the dot.' \
    'PartOrder=A signer joined the parts in another order.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the secret in another reading.' \
    'WrongEncoding=The right MAC in another text.' \
    'WrongLength=A signature of another length, which some comparisons throw on.' \
    'HeaderForm=The header is not exactly t=…,v1=…: a lenient parser takes what another one reads differently.' \
    'WrongTime=The time that is sent is not the time that was signed, or has another unit.' \
    'Freshness=Five minutes either way, to the millisecond.'
  local good other
  good=$(vx_mac "$JSON_BODY")
  other=$(vx_mac "$JSON_BODY" "$OTHER_KEY")
  vx_valid 'JSON' '' "$JSON_BODY"
  vx_valid 'no body: the dot stays' 'EmptyBody' "$EMPTY_BODY"
  vx_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  vx_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  vx_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  vx_valid 'a body of separators and digits' 'Separator' "$DOT_BODY"
  vx 'upper-case hex' 'HexCase' "t=$TIME,v1=$(upper "$good")"
  vx 'mixed-case hex' 'HexCase' "t=$TIME,v1=$(upper "${good:0:32}")${good:32}"
  vector 'two active secrets, as we send them' 'Several' \
    "$(vx_input "$JSON_BODY" "t=$TIME,v1=$good,v1=$other" "\"olderSecrets\": [\"$OTHER_SECRET\"]")"
  vx 'two v1, the second is good' 'Several' "$(vx_list 2 2)"
  local at
  for at in 1 2 3 4 5 6 7 8; do vx "eight v1, number $at is good" 'Several' "$(vx_list $at)"; done
  vx 'eight v1, none is good' 'Several' "$(vx_list 0)" "$INVALID"
  vx 'nine v1, the first is good' 'Several' "$(vx_list 1 9)" "$MALFORMED"
  vx 'nine v1, the last is good' 'Several' "$(vx_list 9 9)" "$MALFORMED"

  vector 'no dot before an empty body' 'EmptyBody MissingPart' "$(vx_input '' "t=$TIME,v1=$(mac "$KEY" "$TIME" '')")" "$INVALID"
  vx_signed 'no dot' 'MissingPart' "$(mac "$KEY" "$TIME" "$JSON_BODY")"
  vx_signed 'only the body signed' 'MissingPart' "$(mac "$KEY" '' "$JSON_BODY")"
  vx_signed 'only the time signed' 'MissingPart' "$(mac "$KEY" "$TIME." '')"
  vx_signed 'body before time' 'PartOrder' "$(mac "$KEY" '' "$JSON_BODY" ".$TIME")"
  vx_signed 'the JSON written again before signing' 'WrongBytes' "$(vx_mac "$SPACED_BODY")"
  vx_signed 'a newline signed after the body' 'WrongBytes' "$(mac "$KEY" "$TIME." "$JSON_BODY" $'\n')"
  vx_signed 'another secret' 'WrongKey' "$other"
  vx_signed 'the secret decoded before use' 'WrongKey' "$(vx_mac "$JSON_BODY" "$DECODED_KEY")"
  vx_signed 'one bit of the MAC' 'WrongKey' "${good%?}$(tr '0123456789abcdef' '1032547698badcfe' <<<"${good: -1}")"

  vx 'base64' 'WrongEncoding' "t=$TIME,v1=$(base64_of "$good")" "$MALFORMED"
  vx 'base64url without padding' 'WrongEncoding' "t=$TIME,v1=$(base64url_of "$good")" "$MALFORMED"
  vx 'sha256= before it' 'WrongEncoding' "t=$TIME,v1=sha256=$good" "$MALFORMED"
  vx '0x before it' 'WrongEncoding' "t=$TIME,v1=0x$good" "$MALFORMED"
  vx '63 digits' 'WrongLength' "t=$TIME,v1=${good%?}" "$MALFORMED"
  vx '62 digits' 'WrongLength' "t=$TIME,v1=${good%??}" "$MALFORMED"
  vx '66 digits' 'WrongLength' "t=$TIME,v1=${good}00" "$MALFORMED"
  vx 'no digit' 'WrongLength' "t=$TIME,v1=" "$MALFORMED"
  vx 'a good v1 and a short one' 'Several WrongLength' "t=$TIME,v1=$good,v1=00" "$MALFORMED"

  vx 'v1 before t' 'HeaderForm' "v1=$good,t=$TIME" "$MALFORMED"
  vx 'a space after the comma' 'HeaderForm' "t=$TIME, v1=$good" "$MALFORMED"
  vx 'a space before t' 'HeaderForm' " t=$TIME,v1=$good" "$MALFORMED"
  vx 'a space at the end' 'HeaderForm' "t=$TIME,v1=$good " "$MALFORMED"
  vx 'a newline at the end' 'HeaderForm' "t=$TIME,v1=$good\\n" "$MALFORMED"
  vx 'a comma at the end' 'HeaderForm' "t=$TIME,v1=$good," "$MALFORMED"
  vx 'a second t' 'HeaderForm' "t=$TIME,t=$TIME,v1=$good" "$MALFORMED"
  vx 'the header twice, joined' 'HeaderForm' "t=$TIME,v1=$good,t=$TIME,v1=$good" "$MALFORMED"
  vx 'the header twice, joined with a space' 'HeaderForm' "t=$TIME,v1=$good, t=$TIME,v1=$good" "$MALFORMED"
  vx 'a v0 besides' 'HeaderForm' "t=$TIME,v1=$good,v0=$other" "$MALFORMED"
  vx 'v0 alone' 'HeaderForm' "t=$TIME,v0=$good" "$MALFORMED"
  vx 'names in upper case' 'HeaderForm' "T=$TIME,V1=$good" "$MALFORMED"
  vx 'semicolons' 'HeaderForm' "t=$TIME;v1=$good" "$MALFORMED"
  vx 'no v1' 'HeaderForm' "t=$TIME" "$MALFORMED"
  vx 'no t' 'HeaderForm' "v1=$good" "$MALFORMED"
  vx 'the bare MAC' 'HeaderForm' "$good" "$MALFORMED"
  vector 'no signature header' 'HeaderForm' "$(input "$SECRET" "$TIME" "$JSON_BODY" '"x-partner-slug": "partner-1"')" "$MISSING"

  vx 'one second later than signed' 'WrongTime' "t=$((TIME + 1)),v1=$good" "$INVALID"
  vx 'milliseconds sent and signed' 'WrongTime' "t=$TIME_MS,v1=$(mac "$KEY" "$TIME_MS." "$JSON_BODY")" "$MALFORMED"
  vx 'milliseconds signed, seconds sent' 'WrongTime' "t=$TIME,v1=$(mac "$KEY" "${TIME}000." "$JSON_BODY")" "$INVALID"
  vx 'a leading zero sent and signed' 'WrongTime' "t=0$TIME,v1=$(mac "$KEY" "0$TIME." "$JSON_BODY")" "$MALFORMED"
  finish_timed vx "${TIME}000"
}
