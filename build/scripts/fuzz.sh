#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (60s unless told), one after the other.
set -euo pipefail
grep -rl --include='*_test.go' '^func Fuzz' internal app | while read -r file; do
  package=./$(dirname "$file")
  grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | cut -c6- | while read -r target; do
    echo "fuzz: $package $target"
    go test -tags desktop,production,webkit2_41 -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 10x "$package"
  done
done
