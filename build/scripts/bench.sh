#!/usr/bin/env bash
# Runs every benchmark side by side with its baseline, prints the ratios and
# writes them to build/bench.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
export ALCOVE_BENCH_OUT=$lines ALCOVE_BIN=$PWD/build/bin/alcove

printf '%-10s %-28s %-28s %14s  %s\n' suite case subject median ratio
go test -tags bench,desktop,production,webkit2_41 -run '^TestBench' -count=1 -p 1 -v ./internal/... 2>&1 |
  grep -vE '^ *(=== |--- PASS|PASS|ok |\?|testing: )' || [ "${PIPESTATUS[0]}" -eq 0 ]
build/scripts/peers.sh || echo 'peers: not compared' # other ways to sync SQLite, beside their own plain driver
(cd frontend/e2e && npx playwright test --project bench --reporter line)
node -e '
  const fs = require("fs");
  const rows = fs.readFileSync(process.argv[1], "utf8").trim().split("\n").map((line) => JSON.parse(line));
  fs.writeFileSync("build/bench.json", JSON.stringify(rows, null, 2) + "\n");
  console.log(`build/bench.json: ${rows.length} figures`);
' "$lines"
