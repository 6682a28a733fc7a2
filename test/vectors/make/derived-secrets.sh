# Derived secrets: HKDF-SHA256 of a master, with an empty salt and a length-prefixed info.

prefixed() { # <text…> → hex
  for text in "$@"; do
    printf '%08x' "$(printf '%s' "$text" | wc -c)"
    hex_of_text "$text"
  done
}
derive() { # <info, hex> → hex
  openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "hexkey:$MASTER" -kdfopt hexsalt: -kdfopt "hexinfo:$1" -binary HKDF | hex_of
}
ds() { # <comment> <direction> <account> <id> <version> <style>
  local derived text
  derived=$(derive "$(prefixed signet/1 "$2" "$3" "$4" "$5")")
  case $6 in
    whsec) text="whsec_$(base64_of "$derived")" ;;
    sk) text="sk_$(base64url_of "$derived")" ;;
  esac
  vector "$1" 'Separation' "{ \"master\": \"$MASTER\", \"direction\": \"$2\", \"accountId\": \"$3\", \"id\": \"$4\", \"version\": $5, \"style\": \"$6\", \"secret\": \"$text\" }"
}
derived_secrets() {
  MASTER=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
  begin 'derived secrets' 'Separation=Direction, account, id and version each make another secret.'
  ds 'a key of a partner' inbound acct key-1 1 sk
  ds 'its second version' inbound acct key-1 2 sk
  ds 'an endpoint of the same name' outbound acct key-1 1 sk
  ds 'an endpoint, as Standard Webhooks writes it' outbound acct we_1 1 whsec
  ds 'the same letters, split elsewhere' outbound acctwe _1 1 whsec
  finish
}
