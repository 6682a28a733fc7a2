#!/usr/bin/env bash
# Makes the vectors signet-*.json with the openssl command line alone: nothing of ours signs them.
# Usage: make-vectors.sh [directory]. Without one it writes beside itself. Repeating it gives the same values; Biome lays them out.
# The published vectors (rfc*.json, standard-webhooks.json) are copied from their sources, not made here.
set -euo pipefail
export LC_ALL=C
out=${1:-$(dirname "$0")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bytes_of() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }  # hex → bytes
hex_of() { od -An -v -tx1 | tr -d ' \n'; }                  # bytes → hex
hex_of_text() { printf '%s' "$1" | hex_of; }

# hmac <key as hex> < content, then the MAC as bytes
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }
hmac_hex() { hmac "$1" | hex_of; }
hmac_base64() { hmac "$1" | openssl base64 -A; }
sha256_base64() { openssl dgst -sha256 -binary | openssl base64 -A; }

# vector <id> <comment> <flags, JSON> <input, JSON> <result> [problem]
vector() {
  [ "$1" = 1 ] || printf ',\n'
  printf '    {\n      "id": %s,\n      "comment": "%s",\n      "flags": %s,\n' "$1" "$2" "$3"
  printf '      "input": %s,\n      "result": "%s"' "$4" "$5"
  [ -z "${6:-}" ] || printf ',\n      "problem": "%s"' "$6"
  printf '\n    }'
}

MADE='made by test/vectors/make-vectors.sh with the openssl command line'
TIME=1800000000
NONCE=0f8fad5b-d9cb-469f-a165-70867728950e

# The bodies that every profile is tried on.
JSON_BODY=$(hex_of_text '{"jobId":"job_1","trackingUrl":"https://a.example/?x=1"}')
EMPTY_BODY=
UTF8_BODY=$(hex_of_text '{"name":"Zürich → 東京 🚀"}')
CONTROL_BODY=$(printf 'a\r\nb\0c\n' | hex_of)
BINARY_BODY=fffe00c328a0b1
DOT_BODY=$(hex_of_text '.1800000000..')

# --- link-peeler: hex(HMAC-SHA256(secret, timestamp "." nonce "." body)) ---

link_peeler_input() { # <signature> <body hex> [timestamp] [nonce]
  printf '{ "secret": "%s", "keyId": "partner-1", "timestamp": "%s", "nonce": "%s", "bodyHex": "%s", "signature": "%s" }' \
    "$LP_SECRET" "${3:-$TIME}" "${4:-$NONCE}" "$2" "$1"
}
lp_sign() { { printf '%s.%s.' "$TIME" "$NONCE"; bytes_of "$1"; } | hmac_hex "$(hex_of_text "$LP_SECRET")"; }
lp_valid() { vector "$1" "$2" "$3" "$(link_peeler_input "$(lp_sign "$4")" "$4")" valid; }

link_peeler() {
  LP_SECRET=sk_dGhpcyBpcyBhIHNlY3JldCBvZiBhIHBhcnRuZXI
  cat <<LEGEND
{
  "profile": "link-peeler",
  "source": "$MADE",
  "legend": {
    "EmptyBody": "The separator before an empty body must stay.",
    "NonAscii": "The body is bytes: a verifier that decodes and encodes text breaks it.",
    "ControlBytes": "CR, LF and NUL belong to the body: a verifier that trims or normalizes lines breaks it.",
    "Binary": "The body is no UTF-8 at all.",
    "Separator": "The body has separators itself: a verifier that splits the signed content breaks it.",
    "SecretText": "The key is the UTF-8 of the secret text, whatever it looks like.",
    "MissingPart": "A signer forgot a part: must be refused.",
    "WrongEncoding": "The right MAC in another text: must be refused.",
    "WrongTime": "The time that is sent is not the time that was signed, or has another form: must be refused."
  },
  "tests": [
LEGEND
  lp_valid 1 'JSON' '[]' "$JSON_BODY"
  lp_valid 2 'no body' '["EmptyBody"]' "$EMPTY_BODY"
  lp_valid 3 'UTF-8 outside ASCII' '["NonAscii"]' "$UTF8_BODY"
  lp_valid 4 'CR, LF, NUL, and LF at the end' '["ControlBytes"]' "$CONTROL_BODY"
  lp_valid 5 'bytes that are no UTF-8' '["Binary"]' "$BINARY_BODY"
  lp_valid 6 'a body of separators and digits' '["Separator"]' "$DOT_BODY"
  local good nodot nononce nobody
  good=$(lp_sign "$JSON_BODY")
  nodot=$(printf '%s.%s' "$TIME" "$NONCE" | hmac_hex "$(hex_of_text "$LP_SECRET")")
  nononce=$({ printf '%s.' "$TIME"; bytes_of "$JSON_BODY"; } | hmac_hex "$(hex_of_text "$LP_SECRET")")
  nobody=$(bytes_of "$JSON_BODY" | hmac_hex "$(hex_of_text "$LP_SECRET")")
  vector 7 'no separator before an empty body' '["MissingPart", "EmptyBody"]' "$(link_peeler_input "$nodot" '')" invalid signature_invalid
  vector 8 'nonce not signed' '["MissingPart"]' "$(link_peeler_input "$nononce" "$JSON_BODY")" invalid signature_invalid
  vector 9 'only the body signed' '["MissingPart"]' "$(link_peeler_input "$nobody" "$JSON_BODY")" invalid signature_invalid
  vector 10 'upper-case hex' '["WrongEncoding"]' "$(link_peeler_input "$(tr a-f A-F <<<"$good")" "$JSON_BODY")" invalid request_malformed
  vector 11 'base64' '["WrongEncoding"]' "$(link_peeler_input "$(bytes_of "$good" | openssl base64 -A)" "$JSON_BODY")" invalid request_malformed
  vector 12 'one second later than signed' '["WrongTime"]' "$(link_peeler_input "$good" "$JSON_BODY" $((TIME + 1)))" invalid signature_invalid
  vector 13 'milliseconds' '["WrongTime"]' "$(link_peeler_input "$good" "$JSON_BODY" "${TIME}000")" invalid request_malformed
  LP_SECRET='pässwörd, 東京 whsec_AAAA'
  lp_valid 14 'a secret of the partner with spaces, UTF-8 and a prefix that means nothing here' '["SecretText"]' "$JSON_BODY"
  printf '\n  ]\n}\n'
}

# --- standard-webhooks: v1,base64(HMAC-SHA256(base64-decoded secret, id "." timestamp "." body)) ---

SW_KEY=$(printf 'signet vector outbound' | openssl dgst -sha256 -binary | hex_of)
SW_KEY_2=$(printf 'signet vector outbound, older' | openssl dgst -sha256 -binary | hex_of)
SW_ID=evt_aaaabbbbccccddddeeeeffffgggghhhh
sw_secret() { printf 'whsec_%s' "$(bytes_of "$1" | openssl base64 -A)"; }
sw_sign() { printf 'v1,%s' "$({ printf '%s.%s.' "$SW_ID" "$TIME"; bytes_of "$2"; } | hmac_base64 "$1")"; }
sw_input() { # <secrets, JSON> <body hex> <signature header>
  printf '{ "secrets": %s, "id": "%s", "timestamp": "%s", "bodyHex": "%s", "signature": "%s" }' "$1" "$SW_ID" "$TIME" "$2" "$3"
}
sw_valid() { vector "$1" "$2" "$3" "$(sw_input "[\"$(sw_secret "$SW_KEY")\"]" "$4" "$(sw_sign "$SW_KEY" "$4")")" valid; }

standard_webhooks() {
  cat <<LEGEND
{
  "profile": "standard-webhooks",
  "source": "$MADE",
  "legend": {
    "EmptyBody": "The separator before an empty body must stay.",
    "NonAscii": "The body is bytes: a signer that escapes or decodes text breaks it.",
    "ControlBytes": "CR, LF and NUL belong to the body.",
    "Rotation": "Two secrets: both signatures, current first, one space between."
  },
  "tests": [
LEGEND
  sw_valid 1 'JSON' '[]' "$JSON_BODY"
  sw_valid 2 'no body' '["EmptyBody"]' "$EMPTY_BODY"
  sw_valid 3 'UTF-8 outside ASCII' '["NonAscii"]' "$UTF8_BODY"
  sw_valid 4 'CR, LF, NUL, and LF at the end' '["ControlBytes"]' "$CONTROL_BODY"
  vector 5 'two active secrets' '["Rotation"]' "$(sw_input "[\"$(sw_secret "$SW_KEY")\", \"$(sw_secret "$SW_KEY_2")\"]" \
    "$JSON_BODY" "$(sw_sign "$SW_KEY" "$JSON_BODY") $(sw_sign "$SW_KEY_2" "$JSON_BODY")")" valid
  printf '\n  ]\n}\n'
}

# --- rfc9421 as the relay wants it: tag="signet", the four derived components, content-digest where there is a body ---

ED_SEED=9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5  # RFC 9421 B.1.4, test-key-ed25519
ED_PUBLIC=JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs
RS_SECRET=sk_dGhpcyBpcyBhIHNlY3JldCBvZiBhIHBhcnRuZXI

sign_base() { # <algorithm> < base, then base64
  case $1 in
    hmac-sha256) hmac_base64 "$(hex_of_text "$RS_SECRET")" ;;
    ed25519)
      cat >"$work/base"
      openssl pkeyutl -sign -inkey "$work/ed25519.pem" -rawin -in "$work/base" | openssl base64 -A
      ;;
  esac
}
json_text() { sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$1"; }

# Each case sets these, then calls rs_vector.
rs_defaults() {
  method=POST path=/api/links/fetch query= body=$JSON_BODY algorithm=ed25519 more= label=sig
  components='"@method" "@authority" "@path" "@query" "content-digest"'
  input= other_input= other_signature= headers=
}
rs_vector() { # <id> <comment> <flags>
  local digest='' digest_json='' base='' name value signature
  if [ -n "$body" ] || [[ $components == *content-digest* ]]; then
    digest="sha-256=:$(bytes_of "$body" | sha256_base64):"
    digest_json="\"content-digest\": \"$digest\", "
  fi
  local parameters="($components);created=$TIME;nonce=\"$NONCE\";keyid=\"key-1\";alg=\"$algorithm\";tag=\"signet\"$more"
  for name in $components; do
    case $name in
      '"@method"') value=$method ;;
      '"@authority"') value=relay.example ;;
      '"@path"') value=$path ;;
      '"@query"') value="?$query" ;;
      '"content-digest"') value=$digest ;;
      '"content-type"') value='application/json' ;;
    esac
    base+="$name: $value"$'\n'
  done
  base+="\"@signature-params\": $parameters"
  signature=$(printf '%s' "$base" | sign_base "$algorithm")
  local key="\"publicKey\": \"$ED_PUBLIC\""
  [ "$algorithm" = ed25519 ] || key="\"secret\": \"$RS_SECRET\""
  local sent="$other_input$label=${input:-$parameters}"
  vector "$1" "$2" "$3" "{
        \"method\": \"$method\", \"authority\": \"relay.example\", \"path\": \"$path\", \"query\": \"$query\", \"bodyHex\": \"$body\",
        \"algorithm\": \"$algorithm\", \"keyId\": \"key-1\", $key, \"timestamp\": \"$TIME\", \"nonce\": \"$NONCE\",
        \"base\": \"$(json_text "$base" | sed ':a;N;$!ba;s/\n/\\n/g')\",
        \"headers\": { $headers$digest_json\"signature-input\": \"$(json_text "$sent")\", \"signature\": \"$other_signature$label=:$signature:\" }
      }" valid
}

rfc9421() {
  {
    printf -- '-----BEGIN PRIVATE KEY-----\n'
    bytes_of "302e020100300506032b657004220420$ED_SEED" | openssl base64
    printf -- '-----END PRIVATE KEY-----\n'
  } >"$work/ed25519.pem"
  cat <<LEGEND
{
  "profile": "rfc9421",
  "source": "$MADE",
  "legend": {
    "EmptyBody": "Without a body the content-digest need not be there.",
    "NonAscii": "The digest is over bytes: a verifier that decodes and encodes text breaks it.",
    "ControlBytes": "CR, LF and NUL belong to the body.",
    "Hmac": "The symmetric algorithm of partners.",
    "Order": "Components and parameters may stand in any order; the base follows the request's own.",
    "MoreComponents": "More may be covered than we require.",
    "NotCanonical": "The field has spaces that its canonical form has not; the base has the canonical form.",
    "OtherTags": "Signatures with other tags stand beside ours, and are ignored."
  },
  "tests": [
LEGEND
  rs_defaults
  rs_vector 1 'POST with JSON' '[]'
  rs_defaults; method=GET path=/api/links query='state=queued&cursor=a%2Fb' body='' components='"@method" "@authority" "@path" "@query"'
  rs_vector 2 'GET with a query and no body' '["EmptyBody"]'
  rs_defaults; method=GET path=/api/quota body='' components='"@method" "@authority" "@path" "@query"'
  rs_vector 3 'GET without a query: the component is a question mark' '["EmptyBody"]'
  rs_defaults; body=$UTF8_BODY
  rs_vector 4 'UTF-8 outside ASCII' '["NonAscii"]'
  rs_defaults; body=$CONTROL_BODY
  rs_vector 5 'CR, LF, NUL, and LF at the end' '["ControlBytes"]'
  rs_defaults; algorithm=hmac-sha256
  rs_vector 6 'hmac-sha256, POST with JSON' '["Hmac"]'
  rs_defaults; algorithm=hmac-sha256 method=DELETE path=/api/links/job_1 body='' components='"@method" "@authority" "@path" "@query"'
  rs_vector 7 'hmac-sha256, DELETE without a body' '["Hmac", "EmptyBody"]'
  rs_defaults; components='"content-digest" "@query" "@path" "@method" "@authority"' label=s1-x.y
  rs_vector 8 'another order of components, another label' '["Order"]'
  rs_defaults; components='"@method" "@authority" "@path" "@query" "content-type" "content-digest"' headers='"content-type": "application/json", '
  rs_vector 9 'content-type covered too' '["MoreComponents"]'
  rs_defaults
  input="(  \"@method\"  \"@authority\" \"@path\" \"@query\" \"content-digest\" );  created=$TIME; nonce=\"$NONCE\";  keyid=\"key-1\"; alg=\"ed25519\"; tag=\"signet\""
  rs_vector 10 'spaces in the field' '["NotCanonical"]'
  rs_defaults; more=";expires=$((TIME + 60))"
  rs_vector 11 'expires, after the tag' '["Order"]'
  rs_defaults
  other_input='proxy=("@method");created=1;keyid="p";tag="other", ttrp=("@path";req), ' other_signature='proxy=:AAAA:, ttrp=:AAAA:, '
  rs_vector 12 'two signatures of proxies' '["OtherTags"]'
  rs_defaults; method=POST path=/api/webhooks/we_1/pause body=''
  rs_vector 13 'content-digest of no body covered' '["EmptyBody", "MoreComponents"]'
  printf '\n  ]\n}\n'
}

# --- derived secrets: HKDF-SHA256 of a master, empty salt, length-prefixed info ---

prefixed() { # <text…>, then hex
  for text in "$@"; do
    printf '%08x' "$(printf '%s' "$text" | wc -c)"
    hex_of_text "$text"
  done
}
derive() { # <info, hex>, then the bytes
  openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "hexkey:$MASTER" -kdfopt hexsalt: -kdfopt "hexinfo:$1" -binary HKDF
}
ds_vector() { # <id> <comment> <direction> <account> <id> <version> <style>
  local text
  case $7 in
    whsec) text="whsec_$(derive "$(prefixed signet/1 "$3" "$4" "$5" "$6")" | openssl base64 -A)" ;;
    sk) text="sk_$(derive "$(prefixed signet/1 "$3" "$4" "$5" "$6")" | openssl base64 -A | tr '+/' '-_' | tr -d '=')" ;;
  esac
  vector "$1" "$2" '["Separation"]' "{ \"master\": \"$MASTER\", \"direction\": \"$3\", \"accountId\": \"$4\", \"id\": \"$5\", \"version\": $6, \"style\": \"$7\", \"secret\": \"$text\" }" valid
}
derived_secrets() {
  MASTER=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
  cat <<LEGEND
{
  "profile": "derived secrets",
  "source": "$MADE",
  "legend": {
    "Separation": "Direction, account, id and version each make another secret."
  },
  "tests": [
LEGEND
  ds_vector 1 'a key of a partner' inbound acct key-1 1 sk
  ds_vector 2 'its second version' inbound acct key-1 2 sk
  ds_vector 3 'an endpoint of the same name' outbound acct key-1 1 sk
  ds_vector 4 'an endpoint, as Standard Webhooks writes it' outbound acct we_1 1 whsec
  ds_vector 5 'the same letters, split elsewhere' outbound acctwe _1 1 whsec
  printf '\n  ]\n}\n'
}

link_peeler >"$out/signet-link-peeler.json"
standard_webhooks >"$out/signet-standard-webhooks.json"
rfc9421 >"$out/signet-rfc9421.json"
derived_secrets >"$out/signet-derived-secrets.json"
