#!/usr/bin/env bash
# Makes the vectors signet-*.json with the openssl command line alone: nothing of ours signs them.
# Usage: make-vectors.sh [directory]. Without one it writes beside itself. Repeating it gives the same values; Biome lays them out.
# The published vectors (rfc*.json, standard-webhooks.json) are copied from their sources, not made here.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. "$here/make/primitives.sh"
files=(link-peeler vouchersx daylight nitro tolinku standard-webhooks rfc9421 derived-secrets)
for file in "${files[@]}"; do
  . "$here/make/$file.sh"
done

# All at once: most of the time goes by starting openssl.
running=()
for file in "${files[@]}"; do
  "${file//-/_}" >"$out/signet-$file.json" &
  running+=($!)
done
for one in "${running[@]}"; do wait "$one"; done
