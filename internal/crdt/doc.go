// Package crdt makes the tables of extensions converge on any number of
// devices. It turns what a transaction changed into clocks, writes and reads
// changesets, and merges them: column by column the last writer wins, row by
// row the longer life.
//
// The rules, the formats and worked examples are in SPEC.md.
package crdt
