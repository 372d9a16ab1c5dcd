#!/usr/bin/env bash
# Installs what is missing, builds, lints and runs every test. With
# ALCOVE_FULL=1 the long loops and the fuzzers run too.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CI=${CI:-}
started=$SECONDS
part=start
step() {
  part=$1
  printf '\n== %s (%d s)\n' "$1" $((SECONDS - started))
}
trap 'code=$?; [ $code -eq 0 ] || printf "\nFAILED in: %s\n" "$part" >&2; exit $code' EXIT

step "what is needed"
build/scripts/debian.sh build test
step "build"
make --no-print-directory build
make --no-print-directory build/bin/alcove-windowtest
step "lint"
build/scripts/lint.sh
tags=desktop,production,webkit2_41
timeout=40m
if [ "${ALCOVE_FULL:-}" = 1 ]; then
  timeout=3h # 25,000 random runs of devices are in one package
fi
step "Go tests"
go test -tags $tags -timeout $timeout ./...
step "frontend unit tests"
(cd frontend && npm run --silent test --workspaces --if-present)
step "browser tests"
(cd frontend/e2e && npx playwright test --project browser)
step "window tests"
(cd frontend/e2e && npx playwright test --project window)
step "attack tests"
(cd frontend/e2e && npx playwright test --project attack)
if [ "${ALCOVE_FULL:-}" = 1 ]; then
  step "fuzzers"
  build/scripts/fuzz.sh
fi
part=end
printf '\nAll tests passed in %d s.\n' $((SECONDS - started))
