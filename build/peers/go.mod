// What the benchmark compares with needs the C library of SQLite, which the
// product does not. So it is a module of its own.
module github.com/alcove-vault/alcove/build/peers

go 1.26.0

require github.com/mattn/go-sqlite3 v1.14.52
