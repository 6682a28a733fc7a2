# standard-webhooks: v1,base64(HMAC-SHA256(base64-decoded secret, id "." timestamp "." body)), separated by spaces.

SW_KEY=$(printf 'signet vector outbound' | openssl dgst -sha256 -binary | hex_of)
SW_KEY_2=$(printf 'signet vector outbound, older' | openssl dgst -sha256 -binary | hex_of)
SW_KEY_3=$(printf 'signet vector outbound, third' | openssl dgst -sha256 -binary | hex_of)
SW_SECRET=whsec_$(base64_of "$SW_KEY")
SW_SECRET_2=whsec_$(base64_of "$SW_KEY_2")
SW_ID=evt_aaaabbbbccccddddeeeeffffgggghhhh
sw_v1() { printf 'v1,%s' "$(base64_of "$1")"; } # <MAC>
sw_mac() { mac "${2:-$SW_KEY}" "$SW_ID.$TIME." "$1"; } # <body hex> [key]
sw_input() { # <secrets, JSON> <body hex> <signature header> [id] [timestamp] [more fields]
  printf '{ "secrets": %s, "id": "%s", "timestamp": "%s", "bodyHex": "%s", "signature": "%s"%s }' \
    "$1" "${4:-$SW_ID}" "${5:-$TIME}" "$2" "$3" "${6:+, $6}"
}
SW_ONE="[\"$SW_SECRET\"]"
sw_valid() { vector "$1" "$2" "$(sw_input "$SW_ONE" "$3" "$(sw_v1 "$(sw_mac "$3")")")"; }
sw() { vector "$1" "$2" "$(sw_input "$SW_ONE" "$JSON_BODY" "$3")" "${4:-}"; } # <comment> <flags> <signature header> [problem]
sw_signed() { sw "$1" "$2" "$(sw_v1 "$3")" "$INVALID"; } # a wrong MAC
sw_id() { # <comment> <id that is sent and signed>
  vector "$1" 'IdForm' "$(sw_input "$SW_ONE" "$JSON_BODY" "$(sw_v1 "$(mac "$SW_KEY" "$2.$TIME." "$JSON_BODY")")" "$2")" "$MALFORMED"
}
sw_at() { vector "$1" 'Freshness' "$(sw_input "$SW_ONE" "$JSON_BODY" "$good" '' '' "\"nowMs\": $2")" "${3:-}"; }
# Prints a vector with missing headers: <comment> <id field or ''> <timestamp field or ''> <signature field or ''> <problem>
sw_without() {
  vector "$1" 'HeaderForm' "{ \"secrets\": $SW_ONE, $2 $3 $4 \"bodyHex\": \"$JSON_BODY\", \"nowMs\": ${TIME}000 }" "$5"
}

standard_webhooks() {
  begin standard-webhooks \
    'EmptyBody=The separator before an empty body must stay.' \
    'NonAscii=The body is bytes: a signer that escapes or decodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body.' \
    'Binary=The body is no UTF-8 at all.' \
    'Separator=The body has separators itself: a verifier that splits the signed content breaks it.' \
    'Rotation=Two secrets: both signatures, current first, one space between.' \
    'Several=Several signatures: one good one is enough, wherever it stands, and nine are too many.' \
    'MissingPart=A signer forgot a part: must be refused.' \
    'PartOrder=A signer joined the parts in another order.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the text of the secret for its decoded bytes.' \
    'WrongEncoding=The right MAC in another text.' \
    'TailBits=Another text for the same bytes: a verifier that decodes leniently takes it.' \
    'Version=Another version than v1: none that we know, so nothing is accepted under it.' \
    'HeaderForm=A header is missing, or the list has another form.' \
    'IdForm=An id with a dot: id and time could not be told apart.' \
    'WrongTime=The time that is sent is not the time that was signed, or has another unit.' \
    'Freshness=Five minutes either way, to the millisecond.'
  local good_mac good older third
  sw_valid 'JSON' '' "$JSON_BODY"
  sw_valid 'no body' 'EmptyBody' "$EMPTY_BODY"
  sw_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  sw_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  good_mac=$(sw_mac "$JSON_BODY")
  good=$(sw_v1 "$good_mac")
  older=$(sw_v1 "$(sw_mac "$JSON_BODY" "$SW_KEY_2")")
  third=$(sw_v1 "$(sw_mac "$JSON_BODY" "$SW_KEY_3")")
  vector 'two active secrets' 'Rotation' "$(sw_input "[\"$SW_SECRET\", \"$SW_SECRET_2\"]" "$JSON_BODY" "$good $older")"
  sw_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  sw_valid 'a body of separators and digits' 'Separator' "$DOT_BODY"
  sw 'two signatures, the first is good' 'Several' "$good $third"
  sw 'two signatures, the second is good' 'Several' "$third $good"
  sw 'two signatures, none is good' 'Several' "$third $older" "$INVALID"

  vector 'no separator before an empty body' 'EmptyBody MissingPart' \
    "$(sw_input "$SW_ONE" '' "$(sw_v1 "$(mac "$SW_KEY" "$SW_ID.$TIME" '')")")" "$INVALID"
  sw_signed 'id not signed' 'MissingPart' "$(mac "$SW_KEY" "$TIME." "$JSON_BODY")"
  sw_signed 'time not signed' 'MissingPart' "$(mac "$SW_KEY" "$SW_ID." "$JSON_BODY")"
  sw_signed 'only the body signed' 'MissingPart' "$(mac "$SW_KEY" '' "$JSON_BODY")"
  sw_signed 'time before id' 'PartOrder' "$(mac "$SW_KEY" "$TIME.$SW_ID." "$JSON_BODY")"
  sw_signed 'body first' 'PartOrder' "$(mac "$SW_KEY" '' "$JSON_BODY" ".$SW_ID.$TIME")"
  sw_signed 'the JSON written again before signing' 'WrongBytes' "$(sw_mac "$SPACED_BODY")"
  sw_signed 'a newline signed after the body' 'WrongBytes' "$(mac "$SW_KEY" "$SW_ID.$TIME." "$JSON_BODY" $'\n')"
  sw_signed 'the whole text of the secret as key' 'WrongKey' "$(sw_mac "$JSON_BODY" "$(hex_of_text "$SW_SECRET")")"
  sw_signed 'the text after whsec_ as key' 'WrongKey' "$(sw_mac "$JSON_BODY" "$(hex_of_text "${SW_SECRET#whsec_}")")"
  sw_signed 'another secret' 'WrongKey' "$(sw_mac "$JSON_BODY" "$SW_KEY_3")"

  sw 'hex' 'WrongEncoding' "v1,$good_mac" "$MALFORMED"
  sw 'base64 without padding' 'WrongEncoding' "${good%=}" "$MALFORMED"
  # Changes the body until base64url would write its signature differently.
  local body=7b7d text
  until text=$(sw_v1 "$(sw_mac "$body")"); [[ $text == *+* && $text == */* ]]; do body+=20; done
  sw_valid 'a signature with + and /' 'WrongEncoding' "$body"
  vector 'the same in the alphabet for URLs' 'WrongEncoding' "$(sw_input "$SW_ONE" "$body" "$(tr '+/' '-_' <<<"$text")")" "$MALFORMED"
  sw 'a tail bit set' 'TailBits' "v1,$(with_tail_bit "${good#v1,}")" "$MALFORMED"
  sw '31 bytes' 'WrongEncoding' "$(sw_v1 "${good_mac%??}")" "$MALFORMED"
  sw 'v2' 'Version' "v2,${good#v1,}" "$MALFORMED"
  sw 'v1a, the asymmetric version' 'Version' "v1a,${good#v1,}" "$MALFORMED"
  sw 'a good v1 and a v2' 'Version' "$good v2,${good#v1,}" "$MALFORMED"
  sw 'no version' 'Version' "${good#v1,}" "$MALFORMED"
  sw 'v1= instead of v1,' 'HeaderForm' "v1=${good#v1,}" "$MALFORMED"
  sw 'a list with commas' 'HeaderForm' "$good,$older" "$MALFORMED"
  sw 'a list with a comma and a space' 'HeaderForm' "$good, $older" "$MALFORMED"
  sw 'two spaces between' 'HeaderForm' "$good  $older" "$MALFORMED"
  sw 'a space at the end' 'HeaderForm' "$good " "$MALFORMED"
  sw 'a newline at the end' 'HeaderForm' "$good\\n" "$MALFORMED"
  local id_field="\"id\": \"$SW_ID\"," time_field="\"timestamp\": \"$TIME\"," good_field="\"signature\": \"$good\","
  sw_without 'no id' '' "$time_field" "$good_field" "$MALFORMED"
  sw_without 'no time' "$id_field" '' "$good_field" "$MALFORMED"
  sw_without 'no signature' "$id_field" "$time_field" '' "$MISSING"
  sw_id 'an id with a dot, sent and signed' evt_aaaa.1800000000
  sw_id 'an id of 129 characters, sent and signed' "$(printf 'e%.0s' {1..129})"
  sw_id 'an id with a comma, sent and signed' evt_a,evt_b

  vector 'one second later than signed' 'WrongTime' "$(sw_input "$SW_ONE" "$JSON_BODY" "$good" '' $((TIME + 1)))" "$INVALID"
  vector 'milliseconds sent and signed' 'WrongTime' \
    "$(sw_input "$SW_ONE" "$JSON_BODY" "$(sw_v1 "$(mac "$SW_KEY" "$SW_ID.$TIME_MS." "$JSON_BODY")")" '' "$TIME_MS" "\"nowMs\": $TIME_MS")" "$MALFORMED"
  local seven="$third $third $third $third $third $third $third"
  sw 'eight signatures, the last is good' 'Several' "$seven $good"
  sw 'nine signatures, the first is good' 'Several' "$good $seven $third" "$MALFORMED"
  sw_at 'exactly five minutes old' "$((TIME + 300))000"
  sw_at 'exactly five minutes ahead' "$((TIME - 300))000"
  sw_at 'five minutes and a millisecond old' "$((TIME + 300))001" "$STALE"
  sw_at 'five minutes and a millisecond ahead' "$((TIME - 301))999" "$STALE"
  finish
}
