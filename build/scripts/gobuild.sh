#!/usr/bin/env bash
# Builds Alcove and says how far it is: without a cache that takes minutes.
# Usage: gobuild.sh OUT FLAG...
set -euo pipefail
out=$1
shift
echo "build: $out (the first time this takes some minutes)"
# -v names each package that is compiled, one a line.
go build -v -o "$out" "$@" . 2>&1 | {
  n=0
  while IFS= read -r line; do
    if [[ $line =~ ^[[:alnum:]_./-]+$ ]]; then
      n=$((n + 1))
      if [ -t 1 ]; then
        printf '\rbuild: %d packages compiled' "$n"
      elif [ $((n % 50)) -eq 0 ]; then
        echo "build: $n packages compiled"
      fi
    else
      printf '%s\n' "$line" >&2 # what the compiler has to say
    fi
  done
  if [ -t 1 ] && [ "$n" -gt 0 ]; then echo; fi
}
