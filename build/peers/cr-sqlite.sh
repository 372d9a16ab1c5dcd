#!/usr/bin/env bash
# Builds cr-sqlite in DIR, where its npm package and Debian's crates are
# unpacked. Its own build wants a nightly compiler of 2023, crates.io and
# libclang; what is changed makes it do with a stable compiler instead:
#   the bindings that bindgen made lie in the package, so they are used;
#   features that are stable by now are not asked for;
#   the standard library handles panics, where the package does by itself.
# The code that is measured stays as it is. Optimised as in its own Makefile.
set -euo pipefail
dir=$(cd "$1" && pwd)
cd "$dir/package/rs"
capi=sqlite-rs-embedded/sqlite3_capi
[ -f $capi/src/bindings.rs ] || cp bundle_static/target/release/build/sqlite3_capi-*/out/bindings.rs $capi/src/
rm -rf bundle/target bundle_static/target $capi/build.rs
find . -name Cargo.lock -delete -o -name rust-toolchain.toml -delete
sed -i '/^\[build-dependencies\]/d; /^bindgen/d' $capi/Cargo.toml
sed -i 's/^num-derive = .*/num-derive = "0.3"/; s/^\(num-traits = { version = "\)[0-9.]*/\10.2/; s/^\(bytes = { version = "\)[0-9.]*/\11/' \
  core/Cargo.toml sqlite-rs-embedded/*/Cargo.toml
sed -i '/^#!\[feature(concat_idents)\]/d; s/include!(.*);/include!("bindings.rs");/' $capi/src/lib.rs
find . -name '*.rs' -exec sed -i -E '/^#!\[feature\((core_intrinsics|vec_into_raw_parts|error_in_core|lang_items)\)\]/d' {} +
sed -i '/^#!\[no_std\]/d' bundle/src/lib.rs bundle_static/src/lib.rs
sed -i '/^use core::panic::PanicInfo;/d; /^\/\/ This must be our panic handler/,/^#\[no_mangle\]$/d' bundle/src/lib.rs
sed -i '/^pub fn __rust_alloc_error_handler/,/^}/d' bundle/src/lib.rs
grep -q crsqlrustbundle_init bundle/src/lib.rs
mkdir -p bundle_static/.cargo
cat >bundle_static/.cargo/config.toml <<CONFIG
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "$dir/crates/usr/share/cargo/registry"
CONFIG
(cd bundle_static && CRSQLITE_COMMIT_SHA=0.16.3 cargo build --offline --release --features loadable_extension)
cd "$dir/package"
gcc -std=c99 -O2 -fPIC -shared -I src -I src/sqlite src/crsqlite.c src/changes-vtab.c src/ext-data.c \
  rs/bundle_static/target/release/libcrsql_bundle_static.a -lm -o "$dir/crsqlite.so.new"
mv "$dir/crsqlite.so.new" "$dir/crsqlite.so"
