#!/usr/bin/env bash
# Format, imports, types: everything that reads the code without running it.
set -euo pipefail
tool() { go tool -modfile=build/tools/go.mod "$@"; }

echo "lint: gofumpt"
unformatted=$(git ls-files -co --exclude-standard '*.go' | xargs -r go tool -modfile=build/tools/go.mod gofumpt -l)
if [ -n "$unformatted" ]; then
  printf 'These files are not formatted; run gofumpt -w on them:\n%s\n' "$unformatted" >&2
  exit 1
fi
echo "lint: golangci-lint"
tool golangci-lint run ./...
echo "lint: go vet with the tags that tests and benchmarks use"
go vet -tags webkit2_41,bench ./...
go vet -tags desktop,production,webkit2_41,windowtest,failpoint ./...
echo "lint: Windows compiles"
CGO_ENABLED=0 GOOS=windows go build -tags desktop,production -o /dev/null .
echo "lint: eslint"
(cd frontend && npx eslint --max-warnings 0 .)
echo "lint: prettier"
(cd frontend && npx prettier --check --log-level warn .)
echo "lint: types"
(cd frontend && npm run --silent check --workspaces --if-present)
