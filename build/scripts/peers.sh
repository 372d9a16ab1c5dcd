#!/usr/bin/env bash
# Measures sqlite-sync and cr-sqlite beside plain SQLite (build/peers) and
# prints one line of JSON for each figure; with ALCOVE_BENCH_OUT they are
# appended to that file too. A peer that cannot be had here is named as not
# compared. Nothing of them is kept in the repository.
#   peers.sh [rounds, 3 unless told]
set -euo pipefail
cd "$(dirname "$0")/../.."
peers=$PWD/build/bin/peers
mkdir -p "$peers"
missing() { echo "peers: $1 is not compared: $2" >&2; }

# fetch PACKAGE VERSION DIR: unpacks an npm package, without running its scripts.
fetch() {
  [ -d "$3/package" ] && return
  rm -rf "$3" && mkdir -p "$3"
  (cd "$3" && npm pack --silent --ignore-scripts "$1@$2" >/dev/null && tar xzf ./*.tgz)
}

# sqlite-sync is published as a library. It needs glibc 2.34 and OpenSSL 3.
# Licence: Elastic License 2.0 with a grant for open-source projects.
sqlite_sync() {
  [ "$(uname -sm)" = "Linux x86_64" ] || { echo "it is built for Linux on x86_64"; return 1; }
  fetch @sqliteai/sqlite-sync-linux-x86_64 1.1.4 "$peers/sqlite-sync" || { echo "npm does not have it"; return 1; }
}

# cr-sqlite's package holds its source (Apache 2.0) and gets its library from
# GitHub. Here it is built from that source: with today's compiler, the crates
# of Debian, and the bindings that lie in the package.
cr_sqlite() {
  local dir=$peers/cr-sqlite
  [ -f "$dir/crsqlite.so" ] && return
  command -v cargo >/dev/null || { echo "building it needs Rust 1.93 or newer"; return 1; }
  fetch @vlcn.io/crsqlite 0.16.3 "$dir" || { echo "npm does not have it"; return 1; }
  mkdir -p "$dir/crates"
  (cd "$dir/crates" && apt-get download -qq librust-{bytes,num-traits,autocfg,num-derive,proc-macro2,quote,syn,unicode-ident}-dev \
    && for deb in *.deb; do dpkg -x "$deb" .; done) 2>"$dir/log" || { echo "apt does not have its crates"; return 1; }
  build/peers/cr-sqlite.sh "$dir" >>"$dir/log" 2>&1 || { echo "it does not build here: $dir/log"; return 1; }
}

args=(-rounds "${1:-3}")
if why=$(sqlite_sync); then args+=(-peer "sqlite-sync=$peers/sqlite-sync/package/cloudsync.so"); else missing sqlite-sync "$why"; fi
if why=$(cr_sqlite); then args+=(-peer "cr-sqlite=$peers/cr-sqlite/crsqlite.so"); else missing cr-sqlite "$why"; fi
(cd build/peers && go build -o "$peers/bench" .)
"$peers/bench" "${args[@]}" | tee -a "${ALCOVE_BENCH_OUT:-/dev/null}"
