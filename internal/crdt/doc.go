// Package crdt makes the tables of extensions converge on any number of
// devices. It turns what a transaction changed into clocks, writes and reads
// changesets, and merges them: column by column the last writer wins, row by
// row the longer life.
//
// The rules, the formats and worked examples are in SPEC.md.
//
// The way of a change, and where it is written down:
//
//	Flush           flush.go, flush_*.go    clocks, and through send (outbox.go) a row in the outbox
//	settle          settle.go               then, if any table hides rows: which are visible
//	extractor       extract.go, changes.go, snapshot.go: from the outbox, or from everything, into a changeset
//	Apply           apply.go                admits a changeset (changeset_read.go), or holds it (held.go)
//	arriving.merge  arriving.go             in the terms of the tables here; the rest is parked (parked.go, unpark.go)
//	mergeRow        mergerow.go             one row: the longer life
//	mergeCells      mergecells.go, row.go   one life: of each column the later value
//	lose, list      conflict.go             what gave way becomes a conflict
//	settleAll       apply.go                which rows are visible: unique.go, then foreign.go
//
// Beside it: migration*.go, history_*.go, purge*.go and collect*.go.
package crdt
