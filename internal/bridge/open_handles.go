package bridge

import "sync/atomic"

// openHandles counts what all sessions together have open, because the files that
// the system lets a process have are there for all of them and for the vault.
// Every app can have as many open as one may that nobody gave more; beyond that
// it can only as long as there are fewer than most.
type openHandles struct {
	count atomic.Int64
	most  int64
}

// newOpenHandles leaves a quarter of the process's files to the vault and to apps
// that have few open.
func newOpenHandles() *openHandles { return &openHandles{most: descriptors() / 4 * 3} }
