# tolinku: x-webhook-signature: hex(HMAC-SHA256(the whole whsec_… text, body)). It signs nothing else.

TL_SECRET=whsec_dGhpcyBpcyB0aGUgc2VjcmV0IG9mIGFuIGVuZHBvaW50
TL_KEY=$(hex_of_text "$TL_SECRET")
TL_OTHERS='"content-type": "application/json", "x-webhook-event": "link.resolved"'
tl_input() { # <body hex> <x-webhook-signature>
  printf '{ "secret": "%s", "timestamp": "%s", "bodyHex": "%s", "headers": { %s, "x-webhook-signature": "%s" } }' \
    "$TL_SECRET" "$TIME" "$1" "$TL_OTHERS" "$2"
}
tl_valid() { vector "$1" "$2" "$(tl_input "$3" "$(mac "$TL_KEY" '' "$3")")"; }
tl() { vector "$1" "$2" "$(tl_input "$JSON_BODY" "$3")" "$4"; } # <comment> <flags> <x-webhook-signature> <problem>

tolinku() {
  begin tolinku \
    'EmptyBody=The MAC of no bytes at all.' \
    'NonAscii=The body is bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.' \
    'Binary=The body is no UTF-8 at all.' \
    'Separator=The body has separators and digits: they mean nothing here.' \
    'WholeSecret=The key is the text with its prefix, even where what follows it is no base64.' \
    'AddedPart=A signer signed a time or an id too, as other schemes do.' \
    'WrongBytes=A signer signed other bytes than it sent: written again, or with a newline.' \
    'WrongKey=Another secret, or the secret in another reading: the key is the whole text, prefix included.' \
    'WrongEncoding=The right MAC in another text.' \
    'WrongLength=A signature of another length, which some comparisons throw on.' \
    'HeaderForm=The header is missing, or came twice.'
  local good
  good=$(mac "$TL_KEY" '' "$JSON_BODY")
  tl_valid 'JSON' '' "$JSON_BODY"
  tl_valid 'no body' 'EmptyBody' "$EMPTY_BODY"
  tl_valid 'UTF-8 outside ASCII' 'NonAscii' "$UTF8_BODY"
  tl_valid 'CR, LF, NUL, and LF at the end' 'ControlBytes' "$CONTROL_BODY"
  tl_valid 'bytes that are no UTF-8' 'Binary' "$BINARY_BODY"
  tl_valid 'a body of separators and digits' 'Separator' "$DOT_BODY"

  tl 'a time signed before the body' 'AddedPart' "$(mac "$TL_KEY" "$TIME." "$JSON_BODY")" "$INVALID"
  tl 'a dot signed before the body' 'AddedPart' "$(mac "$TL_KEY" '.' "$JSON_BODY")" "$INVALID"
  tl 'the event type signed before the body' 'AddedPart' "$(mac "$TL_KEY" 'link.resolved.' "$JSON_BODY")" "$INVALID"
  tl 'the JSON written again before signing' 'WrongBytes' "$(mac "$TL_KEY" '' "$SPACED_BODY")" "$INVALID"
  tl 'a newline signed after the body' 'WrongBytes' "$(mac "$TL_KEY" '' "$JSON_BODY" $'\n')" "$INVALID"
  tl 'the secret decoded, as Standard Webhooks does' 'WrongKey' \
    "$(mac "$(hex_of_text 'this is the secret of an endpoint')" '' "$JSON_BODY")" "$INVALID"
  tl 'the secret without its prefix' 'WrongKey' "$(mac "$(hex_of_text "${TL_SECRET#whsec_}")" '' "$JSON_BODY")" "$INVALID"
  tl 'another secret' 'WrongKey' "$(mac "$(hex_of_text 'whsec_b3RoZXI=')" '' "$JSON_BODY")" "$INVALID"

  tl 'upper-case hex' 'WrongEncoding' "$(upper "$good")" "$MALFORMED"
  tl 'mixed-case hex' 'WrongEncoding' "$(upper "${good:0:32}")${good:32}" "$MALFORMED"
  tl 'sha256= before it' 'WrongEncoding' "sha256=$good" "$MALFORMED"
  tl 'base64' 'WrongEncoding' "$(base64_of "$good")" "$MALFORMED"
  tl 'base64url without padding' 'WrongEncoding' "$(base64url_of "$good")" "$MALFORMED"
  bare_hex_cut_and_padded tl "$good"
  tl 'twice, joined' 'HeaderForm' "$good,$good" "$MALFORMED"
  tl 'empty' 'HeaderForm' '' "$MISSING"
  vector 'not there' 'HeaderForm' "$(printf '{ "secret": "%s", "timestamp": "%s", "bodyHex": "%s", "headers": { %s } }' \
    "$TL_SECRET" "$TIME" "$JSON_BODY" "$TL_OTHERS")" "$MISSING"
  TL_SECRET='whsec_not base64: ä'
  TL_KEY=$(hex_of_text "$TL_SECRET")
  tl_valid 'a secret that nobody could decode' 'WholeSecret' "$JSON_BODY"
  finish
}
