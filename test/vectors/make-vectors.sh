#!/usr/bin/env bash
# Makes the vectors signet-*.json with only the openssl command line. None of our code signs them.
# Usage: make-vectors.sh [directory]. The default directory is the one of this script. Every run makes the same values. Format the files with Biome.
# The published vectors (rfc*.json, standard-webhooks.json) are copies of their sources. This script does not make them.
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

# All files are made in parallel, because most of the time is spent starting openssl.
running=()
for file in "${files[@]}"; do
  "${file//-/_}" >"$out/signet-$file.json" &
  running+=($!)
done
for process in "${running[@]}"; do wait "$process"; done
