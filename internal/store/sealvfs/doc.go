// Package sealvfs is a SQLite VFS that keeps one database file and its
// write-ahead log encrypted and authenticated, page by page.
//
// It wraps the operating system's VFS. What it adds is told in ../SPEC.md byte
// for byte: AES-256-GCM over every page and every log frame, bound to the
// vault, the file and the place in the file; an authenticated log header with
// a durability mark; and a shared-memory index that never leaves the process.
// Only two files can be opened through it, the database and its log. A
// rollback journal or a super-journal is refused and a temporary file is kept
// in memory, so nothing else can reach the disk.
//
// The package speaks to SQLite's transpiled C code, so it holds the only
// mutable package state of the store: the tables that turn a C pointer back
// into a Go value (registry.go).
package sealvfs
