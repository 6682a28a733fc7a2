# Functions for the vector scripts: bytes and their texts, the MAC, and the frame of a file.

bytes_of() { # hex → bytes
  local escaped='' at
  for ((at = 0; at < ${#1}; at += 2)); do escaped+="\\x${1:at:2}"; done
  printf '%b' "$escaped"
}
hex_of() { od -An -v -tx1 | tr -d ' \n'; } # bytes → hex
hex_of_text() { printf '%s' "$1" | hex_of; }

hmac_hex() { # <key as hex> < content
  local line
  line=$(openssl dgst -sha256 -r -mac HMAC -macopt "hexkey:$1")
  printf '%s' "${line%% *}"
}
# Prints the MAC of a text, a body and a text, in hex.
mac() { # <key as hex> <text before the body> <body as hex> [text after the body]
  { printf '%s' "$2"; bytes_of "$3"; printf '%s' "${4:-}"; } | hmac_hex "$1"
}

base64_of() { bytes_of "$1" | openssl base64 -A; } # hex → base64
base64url_of() {
  local text
  text=$(base64_of "$1" | tr '+/' '-_')
  printf '%s' "${text%%=*}"
}
upper() { tr a-f A-F <<<"$1"; }
# Prints the text of 32 bytes with an unused last bit set: <base64 or base64url>
with_tail_bit() {
  local bare=${1%%=*} padding=
  [ "$bare" = "$1" ] || padding='='
  printf '%s%s%s' "${bare%?}" "$(tr 'AEIMQUYcgkosw048' 'BFJNRVZdhlptx159' <<<"${bare: -1}")" "$padding"
}

# Begins a file: begin <profile> <Flag=the bug that it detects>…
begin() {
  local separator=''
  number=0
  printf '{\n  "profile": "%s",\n  "source": "%s",\n  "legend": {\n' "$1" "$MADE"
  shift
  for entry in "$@"; do
    printf '%s    "%s": "%s"' "$separator" "${entry%%=*}" "${entry#*=}"
    separator=$',\n'
  done
  printf '\n  },\n  "tests": [\n'
}
# Prints a vector: vector <comment> <flags, separated by spaces> <input, JSON> [problem]. Without a problem it is valid.
vector() {
  local flags=''
  for flag in $2; do flags+="${flags:+, }\"$flag\""; done
  number=$((number + 1))
  [ "$number" = 1 ] || printf ',\n'
  printf '    {\n      "id": %s,\n      "comment": "%s",\n      "flags": [%s],\n' "$number" "$1" "$flags"
  printf '      "input": %s,\n' "$3"
  if [ -z "${4:-}" ]; then printf '      "result": "valid"\n    }'; else
    printf '      "result": "invalid",\n      "problem": "%s"\n    }' "$4"
  fi
}
finish() { printf '\n  ]\n}\n'; }

MADE='made by test/vectors/make-vectors.sh with the openssl command line'
TIME=1800000000
TIME_MS=1800000000123
NONCE=0f8fad5b-d9cb-469f-a165-70867728950e
SECRET=sk_dGhpcyBpcyBhIHNlY3JldCBvZiBhIHBhcnRuZXI
OTHER_SECRET=sk_YW5vdGhlciBzZWNyZXQgb2YgdGhpcyBwYXJ0bmVy
KEY=$(hex_of_text "$SECRET")
OTHER_KEY=$(hex_of_text "$OTHER_SECRET")
DECODED_KEY=$(hex_of_text 'this is a secret of a partner')
INVALID=signature_invalid
MALFORMED=request_malformed
MISSING=signature_missing
STALE=timestamp_out_of_range

# The bodies for every profile.
JSON_BODY=$(hex_of_text '{"jobId":"job_1","trackingUrl":"https://a.example/?x=1"}')
SPACED_BODY=$(hex_of_text '{"jobId": "job_1", "trackingUrl": "https://a.example/?x=1"}') # the same JSON, serialized again
EMPTY_BODY=
UTF8_BODY=$(hex_of_text '{"name":"Zürich → 東京 🚀"}')
CONTROL_BODY=$(printf 'a\r\nb\0c\n' | hex_of)
BINARY_BODY=fffe00c328a0b1
DOT_BODY=$(hex_of_text '.1800000000..')

# Runs a command with an imported secret that has spaces, UTF-8, and a prefix without a meaning.
with_odd_secret() { # <command…>
  local SECRET='pässwörd, 東京 whsec_AAAA' KEY
  KEY=$(hex_of_text "$SECRET")
  "$@"
}

# Prints the input of a vector with all its headers.
input() { # <secret> <timestamp> <body hex> <headers, JSON> [more fields, JSON]
  printf '{ "secret": "%s", "keyId": "partner-1", "timestamp": "%s", "bodyHex": "%s", "headers": { %s }%s }' \
    "$1" "$2" "$3" "$4" "${5:+, $5}"
}

# Prints the last vectors of a profile with a clock: the limits of the tolerance and an imported secret. Ends the file.
finish_timed() { # <prefix of the profile's functions> <signing time of the good vector, in ms>
  "$1_at" 'exactly five minutes old' 'Freshness' "$(($2 + 300000))"
  "$1_at" 'exactly five minutes ahead' 'Freshness' "$(($2 - 300000))"
  "$1_at" 'five minutes and a millisecond old' 'Freshness' "$(($2 + 300001))" "$STALE"
  "$1_at" 'five minutes and a millisecond ahead' 'Freshness' "$(($2 - 300001))" "$STALE"
  with_odd_secret "$1_valid" 'a secret of the partner with spaces, UTF-8 and a prefix that means nothing here' 'SecretText' "$JSON_BODY"
  finish
}
# Prints vectors of a header with only hex: the right hex, shortened and lengthened.
bare_hex_cut_and_padded() { # <function of the profile> <the good hex>
  "$1" '63 digits' 'WrongLength' "${2%?}" "$MALFORMED"
  "$1" '62 digits' 'WrongLength' "${2%??}" "$MALFORMED"
  "$1" '66 digits' 'WrongLength' "${2}00" "$MALFORMED"
  "$1" 'a space before it' 'HeaderForm' " $2" "$MALFORMED"
  "$1" 'a newline after it' 'HeaderForm' "$2\\n" "$MALFORMED"
}
