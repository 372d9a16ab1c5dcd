#!/usr/bin/env bash
# Packs and signs an extension with the builder's publisher key, which is made
# on first use. Usage: pack.sh DIR OUT KEY TAGS
set -euo pipefail
dir=$1 out=$2 key=$3 tags=$4

tool=build/bin/alcove-pack
build/scripts/gobuild.sh "$tool" -tags "$tags" -trimpath -ldflags "-w -s"
if [ ! -e "$key" ]; then
  mkdir -p -m 700 "$(dirname "$key")"
  "$tool" ext keygen --out "$key"
  echo "pack: Notes is signed with it; keep it, packages signed with another one are other extensions"
fi
mkdir -p "$(dirname "$out")"
rm -f "$out"
"$tool" ext pack "$dir" --key "$key" --out "$out"
rm -f "$tool"
