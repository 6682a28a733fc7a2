# rfc9421 as the relay requires it: tag="signet", the four derived components, and content-digest if there is a body.

ED_SEED=9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5 # RFC 9421 B.1.4, test-key-ed25519
ED_PUBLIC=JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs
OTHER_SEED=$(printf 'signet vector, another key' | openssl dgst -sha256 -binary | hex_of)

digest_of() { printf 'sha-256=:%s:' "$(bytes_of "$1" | openssl dgst -sha256 -binary | openssl base64 -A)"; }
JSON_DIGEST=$(digest_of "$JSON_BODY")

pem_of() { # <seed> <file>
  {
    printf -- '-----BEGIN PRIVATE KEY-----\n'
    bytes_of "302e020100300506032b657004220420$1" | openssl base64
    printf -- '-----END PRIVATE KEY-----\n'
  } >"$2"
}
sign_base() { # <algorithm or key> < base → base64
  case $1 in
    hmac-sha256) base64_of "$(hmac_hex "$KEY")" ;;
    hmac-sha256-of-the-public-key) base64_of "$(hmac_hex "$(hex_of_text "$ED_PUBLIC")")" ;;
    *)
      cat >"$work/base"
      openssl pkeyutl -sign -inkey "$work/$1.pem" -rawin -in "$work/base" | openssl base64 -A
      ;;
  esac
}
json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\r'/\\r}
  printf '%s' "${text//$'\n'/\\n}"
}

FOUR='"@method" "@authority" "@path" "@query"'

# Sets the variables of a plain POST. Each case changes some of them, and then calls `rs`.
rs_defaults() {
  method=POST authority=relay.example path=/api/links/fetch query='' body=$JSON_BODY # the signed values
  components="$FOUR \"content-digest\"" more='' before_query='?'
  created=";created=$TIME" nonce=";nonce=\"$NONCE\"" keyid=';keyid="key-1"' alg='' tag=';tag="signet"'
  algorithm=ed25519 signs=''        # the algorithm of the key; how the base is signed, if not with it
  line_end=$'\n' end_of_base=''
  label=sig digest='' digest_sent=yes signature=''
  sent_method='' sent_authority='' sent_path='' sent_query='' sent_body=''  # the sent values, if they differ from the signed ones
  input='' other_input='' other_signature='' headers='' fields=''
}

rs_value() { # <component> → its value
  case $1 in
    '"@method"'*) printf '%s' "$method" ;;
    '"@authority"'*) printf '%s' "$authority" ;;
    '"@path"'*) printf '%s' "$path" ;;
    '"@query"'*) printf '%s' "$before_query$query" ;;
    '"content-digest"'*) printf '%s' "$digest" ;;
    '"content-type"'*) printf 'application/json' ;;
  esac
}

rs() { # <comment> <flags> [problem]. Prints the vector of the variables, and sets the defaults again.
  if [ -z "$digest" ] && { [ -n "$body" ] || [[ $components == *content-digest* ]]; }; then
    digest=$JSON_DIGEST
    [ "$body" = "$JSON_BODY" ] || digest=$(digest_of "$body")
  fi
  local parameters="($components)$created$nonce$keyid${alg:-;alg=\"$algorithm\"}$tag$more"
  local base='' name digest_field='' key="\"publicKey\": \"$ED_PUBLIC\""
  for name in $components; do base+="$name: $(rs_value "$name")$line_end"; done
  base+="\"@signature-params\": $parameters$end_of_base"
  [ -n "$signature" ] || signature=":$(printf '%s' "$base" | sign_base "${signs:-$algorithm}"):"
  [ -z "$digest" ] || [ "$digest_sent" = no ] || digest_field="\"content-digest\": \"$digest\", "
  [ "$algorithm" = ed25519 ] || key="\"secret\": \"$SECRET\""
  [ -n "$sent_body" ] || sent_body=$body
  [ "$sent_body" != none ] || sent_body=''
  vector "$1" "$2" "{
        \"method\": \"${sent_method:-$method}\", \"authority\": \"${sent_authority:-$authority}\", \"path\": \"${sent_path:-$path}\",
        \"query\": \"${sent_query:-$query}\", \"bodyHex\": \"$sent_body\",
        \"algorithm\": \"$algorithm\", \"keyId\": \"key-1\", $key, \"timestamp\": \"$TIME\", \"nonce\": \"$NONCE\", $fields
        \"base\": \"$(json_text "$base")\",
        \"headers\": { $headers$digest_field\"signature-input\": \"$(json_text "$other_input$label=${input:-$parameters}")\", \"signature\": \"$other_signature$label=$signature\" }
      }" "${3:-}"
  rs_defaults
}
bad() { rs "$1" "$2" "$MALFORMED"; } # <comment> <flags>
no_body() { body='' components=$FOUR; }

rfc9421() {
  pem_of "$ED_SEED" "$work/ed25519.pem"
  pem_of "$OTHER_SEED" "$work/other.pem"
  begin rfc9421 \
    'EmptyBody=Without a body the content-digest need not be there.' \
    'NonAscii=The digest is over bytes: a verifier that decodes and encodes text breaks it.' \
    'ControlBytes=CR, LF and NUL belong to the body.' \
    'Hmac=The symmetric algorithm of partners.' \
    'Order=Components and parameters may stand in any order; the base follows the order that was sent.' \
    'MoreComponents=More may be covered than we require.' \
    'NotCanonical=The field has spaces that its canonical form has not; the base has the canonical form.' \
    'OtherTags=Signatures with other tags stand beside ours, and are ignored.' \
    'NotCovered=A required component is not covered: it could be changed in flight.' \
    'Changed=Something that is covered was changed after signing.' \
    'Digest=The digest is what ties the body to the signature: it must be there, be sha-256, and fit.' \
    'Algorithm=The key says the algorithm; a request that could choose it could downgrade.' \
    'ComponentForm=Components have no parameters and come once: their values would be read in several ways.' \
    'Repeated=A repeated key or parameter: one reader takes the first, another one the last.' \
    'Parameter=A parameter is missing, unknown, or of another type.' \
    'NonceForm=The nonce is not 16 to 128 letters, digits, - and _.' \
    'WrongBase=A signer built the base otherwise than the RFC says.' \
    'WrongKey=Another key.' \
    'SignatureForm=The signature is not one byte sequence in canonical base64 under the label of its input.' \
    'Tag=Not exactly one signature is marked as ours.' \
    'WrongTime=The time is of another type or unit.' \
    'Freshness=Five minutes either way, to the millisecond; expires may only shorten that.'
  rs_defaults
  rfc9421_valid
  rfc9421_changed
  rfc9421_malformed
  rfc9421_times
  finish
}

rfc9421_valid() {
  rs 'POST with JSON' ''
  no_body; method=GET path=/api/links query='state=queued&cursor=a%2Fb'; rs 'GET with a query and no body' EmptyBody
  no_body; method=GET path=/api/quota; rs 'GET without a query: the component is a question mark' EmptyBody
  body=$UTF8_BODY; rs 'UTF-8 outside ASCII' NonAscii
  body=$CONTROL_BODY; rs 'CR, LF, NUL, and LF at the end' ControlBytes
  algorithm=hmac-sha256; rs 'hmac-sha256, POST with JSON' Hmac
  no_body; algorithm=hmac-sha256 method=DELETE path=/api/links/job_1; rs 'hmac-sha256, DELETE without a body' 'Hmac EmptyBody'
  components='"content-digest" "@query" "@path" "@method" "@authority"' label=s1-x.y
  rs 'another order of components, another label' Order
  components="$FOUR \"content-type\" \"content-digest\"" headers='"content-type": "application/json", '
  rs 'content-type covered too' MoreComponents
  input="(  \"@method\"  \"@authority\" \"@path\" \"@query\" \"content-digest\" );  created=$TIME; nonce=\"$NONCE\";  keyid=\"key-1\"; alg=\"ed25519\"; tag=\"signet\""
  rs 'spaces in the field' NotCanonical
  more=";expires=$((TIME + 60))"; rs 'expires, after the tag' Order
  other_input='proxy=("@method");created=1;keyid="p";tag="other", ttrp=("@path";req), ' other_signature='proxy=:AAAA:, ttrp=:AAAA:, '
  rs 'two signatures of proxies' OtherTags
  body='' method=POST path=/api/webhooks/we_1/pause; rs 'content-digest of no body covered' 'EmptyBody MoreComponents'
  algorithm=hmac-sha256 body=$BINARY_BODY query='a=%20b&c=+'; rs 'hmac-sha256, a body that is no UTF-8, and a query with escapes' 'Hmac NonAscii'
  algorithm=hmac-sha256 created='' tag=";tag=\"signet\";created=$TIME"; rs 'hmac-sha256, created last' 'Hmac Order'
}

rfc9421_changed() {
  sent_method=DELETE; rs 'another method' Changed "$INVALID"
  sent_path=/api/links/cancel; rs 'another path' Changed "$INVALID"
  query='state=queued' sent_query='state=done'; rs 'another query' Changed "$INVALID"
  sent_query='dryRun=1'; rs 'a query added' Changed "$INVALID"
  authority=other.example sent_authority=relay.example; rs 'signed for another host' Changed "$INVALID"
  authority=other.example; bad 'sent to another host than the gateway is' Changed
  sent_body=$SPACED_BODY; rs 'another body under the same digest' 'Changed Digest' "$INVALID"
  sent_body=none; rs 'the body taken away' 'Changed Digest' "$INVALID"
  no_body; sent_body=$JSON_BODY; bad 'a body added, without a digest' 'Changed Digest NotCovered'
  algorithm=hmac-sha256 sent_body=$SPACED_BODY; rs 'hmac-sha256, another body under the same digest' 'Hmac Changed Digest' "$INVALID"
  algorithm=hmac-sha256 sent_path=/api/links/cancel; rs 'hmac-sha256, another path' 'Hmac Changed' "$INVALID"
  line_end=$'\r\n'; rs 'CR LF between the lines of the base' WrongBase "$INVALID"
  end_of_base=$'\n'; rs 'a newline after the base' WrongBase "$INVALID"
  before_query=''; rs 'no question mark in the base' WrongBase "$INVALID"
  signs=other; rs 'another key' WrongKey "$INVALID"
  signs=hmac-sha256-of-the-public-key alg=';alg="hmac-sha256"'; rs 'an HMAC keyed with the text of the public key' Algorithm "$INVALID"
  algorithm=hmac-sha256 signs=ed25519 alg=';alg="ed25519"'; rs 'an Ed25519 signature for a secret' 'Hmac Algorithm' "$INVALID"
  algorithm=hmac-sha256 signs=hmac-sha256-of-the-public-key; rs 'hmac-sha256, another secret' 'Hmac WrongKey' "$INVALID"
  algorithm=hmac-sha256 signature=:AAAA:; rs 'hmac-sha256, three bytes' 'Hmac SignatureForm' "$INVALID"
}

rfc9421_malformed() {
  local name
  for name in '"@method"' '"@authority"' '"@path"' '"@query"' '"content-digest"'; do
    components=" $components " components=${components/ $name / } components=${components# } components=${components% }
    bad "${name//\"/} not covered" NotCovered
  done
  digest_sent=no; bad 'the digest is covered, and not sent' Digest
  digest="sha-512=:$(bytes_of "$JSON_BODY" | openssl dgst -sha512 -binary | openssl base64 -A):"; bad 'only a sha-512 digest' Digest
  digest='sha-256=:AAAA:'; bad 'a digest of three bytes' Digest
  digest=${JSON_DIGEST//:/}; bad 'a digest without colons' Digest

  components="$FOUR \"content-digest\";sf"; bad 'a component with sf' ComponentForm
  components="$FOUR \"content-digest\";req"; bad 'a component with req' ComponentForm
  components="$FOUR \"content-digest\" \"@path\""; bad 'a component twice' ComponentForm
  components="$FOUR \"content-digest\" \"content-type\""; bad 'a covered header that is not there' ComponentForm
  more=";created=$((TIME - 60))"; bad 'created twice' Repeated
  more=";nonce=\"$NONCE\""; bad 'nonce twice' Repeated
  other_input="sig=(\"@method\");created=$TIME;tag=\"other\", "; bad 'the label twice in Signature-Input' Repeated
  other_signature='sig=:AAAA:, '; bad 'the label twice in Signature' Repeated

  other_input="first=(\"@method\");created=$TIME;tag=\"signet\", " other_signature='first=:AAAA:, '
  bad 'two signatures with our tag' Tag
  tag=''; rs 'no tag' Tag "$MISSING"
  tag=';tag="signet-enroll"'; rs 'the tag of enrolment' Tag "$MISSING"
  tag=';tag=signet'; rs 'the tag as a token' Tag "$MISSING"

  nonce=';nonce="0123456789abcde"'; bad 'a nonce of 15 characters' NonceForm
  nonce=';nonce="0123456789.abcdef"'; bad 'a nonce with a dot' NonceForm
  nonce=''; bad 'no nonce' 'NonceForm Parameter'
  keyid=''; bad 'no keyid' Parameter
  keyid=';keyid="key.1"'; bad 'a keyid with a dot' Parameter
  keyid=';keyid=key-1'; bad 'keyid as a token' Parameter
  alg=';alg="rsa-pss-sha512"'; bad 'an algorithm that we do not know' 'Algorithm Parameter'
  alg=';tag="signet"' tag=''; bad 'no alg' 'Algorithm Parameter'
  more=';x=1'; bad 'a parameter that we do not know' Parameter

  signature=AAAA; bad 'a signature that is a token' SignatureForm
  signature='::'; bad 'a signature of no bytes' SignatureForm
  signature=":$(printf 'A%.0s' {1..85})B==:"; bad 'a signature with tail bits' SignatureForm
  signature=":$(printf 'A%.0s' {1..86}):"; bad 'a signature without padding' SignatureForm
  signature=":$(printf 'A%.0s' {1..86})==:;x=1"; bad 'a signature with a parameter' SignatureForm
  input='sha-256;tag="signet"'; bad 'an input that is no list' SignatureForm
  input="(\"@method\" "; bad 'an input that is cut off' SignatureForm
}

rfc9421_times() {
  created=''; bad 'no created' WrongTime
  created=";created=\"$TIME\""; bad 'created as a string' WrongTime
  created=";created=$TIME.0"; bad 'created as a decimal' WrongTime
  created=";created=${TIME}000"; bad 'created in milliseconds' WrongTime
  created=";created=@$TIME"; bad 'created as a date' WrongTime
  created=";created=-$TIME"; bad 'created before 1970' WrongTime
  more=";expires=\"$((TIME + 60))\""; bad 'expires as a string' WrongTime
  more=";expires=$((TIME + 60))" fields="\"nowMs\": $((TIME + 59))999,"; rs 'a millisecond before it expires' 'Freshness Order'
  more=";expires=$((TIME + 60))" fields="\"nowMs\": $((TIME + 60))000,"; rs 'the millisecond in which it expires' Freshness "$STALE"
  more=";expires=$((TIME + 3600))" fields="\"nowMs\": $((TIME + 300))001,"; rs 'expires never prolongs' Freshness "$STALE"
  fields="\"nowMs\": $((TIME + 300))000,"; rs 'exactly five minutes old' Freshness
  fields="\"nowMs\": $((TIME - 300))000,"; rs 'exactly five minutes ahead' Freshness
  fields="\"nowMs\": $((TIME + 300))001,"; rs 'five minutes and a millisecond old' Freshness "$STALE"
  fields="\"nowMs\": $((TIME - 301))999,"; rs 'five minutes and a millisecond ahead' Freshness "$STALE"
}
