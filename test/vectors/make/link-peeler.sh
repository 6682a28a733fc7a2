# link-peeler: hex(HMAC-SHA256(secret, timestamp "." nonce "." body)), with each part in its own header.

lp_input() { # <signature> <body hex> [timestamp] [nonce] [more fields]
  printf '{ "secret": "%s", "keyId": "partner-1", "timestamp": "%s", "nonce": "%s", "bodyHex": "%s", "signature": "%s"%s }' \
    "$LP_SECRET" "${3:-$TIME}" "${4:-$NONCE}" "$2" "$1" "${5:+, $5}"
}
lp_mac() { mac "$(hex_of_text "$LP_SECRET")" "$TIME.$NONCE." "$1"; }
lp_valid() { vector "$1" "$2" "$(lp_input "$(lp_mac "$3")" "$3")"; }
lp() { vector "$1" "$2" "$(lp_input "$3" "$JSON_BODY")" "$4"; } # <comment> <flags> <signature> <problem>
lp_nonce() { # <comment> <nonce that is sent and signed>
  vector "$1" 'NonceForm' "$(lp_input "$(mac "$KEY" "$TIME.$2." "$JSON_BODY")" "$JSON_BODY" "$TIME" "$2")" "$MALFORMED"
}
lp_without() { # <comment> <the missing part> <problem>
  vector "$1" 'HeaderForm' "$(lp_input "$good" "$JSON_BODY" '' '' "\"nowMs\": ${TIME}000" | sed "s/\"$2\": \"[^\"]*\", *//; s/, \"$2\": \"[^\"]*\"//")" "$3"
}
lp_at() { vector "$1" 'Freshness' "$(lp_input "$good" "$JSON_BODY" '' '' "\"nowMs\": $2")" "${3:-}"; }

link_peeler() {
  LP_SECRET=$SECRET
  begin link-peeler \
    'EmptyBody=The separator before an empty body must stay.' \
    'NonAscii=The body is bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.' \
    'Binary=The body is no UTF-8 at all.' \
    'Separator=The body has separators itself: a verifier that splits the signed content breaks it.' \
    'SecretText=The key is the UTF-8 of the secret text, whatever it looks like.' \
    'MissingPart=A signer forgot a part: must be refused.' \
    'PartOrder=A signer joined the parts in another order, or with another separator.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the secret in another reading.' \
    'WrongEncoding=The right MAC in another text: must be refused.' \
    'WrongLength=A signature of another length, which some comparisons throw on.' \
    'HeaderForm=A header is missing, came twice, or has more than its value.' \
    'NonceForm=The nonce is not 16 to 128 letters, digits, - and _: with a dot in it, parts could be moved.' \
    'WrongTime=The time that is sent is not the time that was signed, or has another form: must be refused.' \
    'Freshness=Five minutes either way, to the millisecond.'
  lp_valid 'JSON' '' "$JSON_BODY"
  lp_valid 'no body' 'EmptyBody' "$EMPTY_BODY"
  lp_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  lp_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  lp_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  lp_valid 'a body of separators and digits' 'Separator' "$DOT_BODY"
  local good
  good=$(lp_mac "$JSON_BODY")
  vector 'no separator before an empty body' 'MissingPart EmptyBody' "$(lp_input "$(mac "$KEY" "$TIME.$NONCE" '')" '')" "$INVALID"
  lp 'nonce not signed' 'MissingPart' "$(mac "$KEY" "$TIME." "$JSON_BODY")" "$INVALID"
  lp 'only the body signed' 'MissingPart' "$(mac "$KEY" '' "$JSON_BODY")" "$INVALID"
  lp 'upper-case hex' 'WrongEncoding' "$(upper "$good")" "$MALFORMED"
  lp 'base64' 'WrongEncoding' "$(base64_of "$good")" "$MALFORMED"
  vector 'one second later than signed' 'WrongTime' "$(lp_input "$good" "$JSON_BODY" $((TIME + 1)))" "$INVALID"
  vector 'milliseconds' 'WrongTime' "$(lp_input "$good" "$JSON_BODY" "${TIME}000")" "$MALFORMED"
  LP_SECRET='pässwörd, 東京 whsec_AAAA'
  lp_valid 'a secret of the partner with spaces, UTF-8 and a prefix that means nothing here' 'SecretText' "$JSON_BODY"
  LP_SECRET=$SECRET

  lp 'time not signed' 'MissingPart' "$(mac "$KEY" "$NONCE." "$JSON_BODY")" "$INVALID"
  lp 'nonce before time' 'PartOrder' "$(mac "$KEY" "$NONCE.$TIME." "$JSON_BODY")" "$INVALID"
  lp 'body first' 'PartOrder' "$(mac "$KEY" '' "$JSON_BODY" ".$TIME.$NONCE")" "$INVALID"
  lp 'colons' 'PartOrder' "$(mac "$KEY" "$TIME:$NONCE:" "$JSON_BODY")" "$INVALID"
  lp 'line feeds' 'PartOrder' "$(mac "$KEY" "$TIME"$'\n'"$NONCE"$'\n' "$JSON_BODY")" "$INVALID"
  lp 'the JSON written again before signing' 'WrongBytes' "$(lp_mac "$SPACED_BODY")" "$INVALID"
  lp 'a newline signed after the body' 'WrongBytes' "$(mac "$KEY" "$TIME.$NONCE." "$JSON_BODY" $'\n')" "$INVALID"
  lp 'another secret' 'WrongKey' "$(mac "$OTHER_KEY" "$TIME.$NONCE." "$JSON_BODY")" "$INVALID"
  lp 'the secret decoded before use' 'WrongKey' "$(mac "$DECODED_KEY" "$TIME.$NONCE." "$JSON_BODY")" "$INVALID"
  lp 'mixed-case hex' 'WrongEncoding' "$(upper "${good:0:32}")${good:32}" "$MALFORMED"
  lp 'sha256= before it' 'WrongEncoding' "sha256=$good" "$MALFORMED"
  lp '63 digits' 'WrongLength' "${good%?}" "$MALFORMED"
  lp '62 digits' 'WrongLength' "${good%??}" "$MALFORMED"
  lp '66 digits' 'WrongLength' "${good}00" "$MALFORMED"
  lp 'a space after it' 'HeaderForm' "$good " "$MALFORMED"
  lp 'the signature twice, joined' 'HeaderForm' "$good,$good" "$MALFORMED"
  vector 'the time twice, joined' 'HeaderForm' "$(lp_input "$good" "$JSON_BODY" "$TIME,$TIME" '' "\"nowMs\": ${TIME}000")" "$MALFORMED"
  vector 'seconds with a fraction, sent and signed' 'WrongTime' \
    "$(lp_input "$(mac "$KEY" "$TIME.5.$NONCE." "$JSON_BODY")" "$JSON_BODY" "$TIME.5")" "$MALFORMED"
  lp_nonce 'a nonce of 15 characters' 0123456789abcde
  lp_nonce 'a nonce with a dot' 0123456789.abcdef
  lp_nonce 'a nonce of 129 characters' "$(printf 'n%.0s' {1..129})"
  lp_without 'no time' timestamp "$MALFORMED"
  lp_without 'no nonce' nonce "$MALFORMED"
  lp_without 'no signature' signature "$MISSING"
  lp_at 'exactly five minutes old' "$((TIME + 300))000"
  lp_at 'exactly five minutes ahead' "$((TIME - 300))000"
  lp_at 'five minutes and a millisecond old' "$((TIME + 300))001" "$STALE"
  lp_at 'five minutes and a millisecond ahead' "$((TIME - 301))999" "$STALE"
  finish
}
