package store

import (
	"sync"
	"sync/atomic"

	"github.com/alcove-vault/alcove/internal/fault"
)

// capture is what the writer has captured of the running transaction: a log of
// single changes, in the order they happened. Triggers on the tracked tables
// write it (capture_function.go), it follows SQLite's savepoints (savepoint.go),
// and right before COMMIT its net effect goes to the tracker (capture_flush.go).
type capture struct {
	slot   uintptr
	tables map[int64]*captured // replaced, never changed, so that ROLLBACK can go back to an older one
	before map[int64]*captured // when the transaction began
	joined bool                // the running transaction is followed
	paused bool                // what happens is not captured

	ops     []op
	data    arena
	scratch []byte
	touched []*captured // that op.table counts
	last    *captured   // of the last call
	marks   []mark      // of the open savepoints
	judged  uintptr     // the statement that was last looked at by spareJournal
	doomed  bool        // a statement failed and could not be undone
	unsure  bool        // of what SQLite counts of foreign keys (capture_self.go)

	oldBytes   int
	oldDropped bool

	maxBytes, maxOldBytes int
	fewRows               int // of a table that is cleared like any other statement deletes
	cleared               int // how many tables were cleared at once, for tests
}

// captured is a tracked table.
type captured struct {
	Tracked
	byBit   []int // indexes of Columns, by ascending bit
	keySet  uint64
	deletes []int // indexes of Columns that the delete trigger passes
	inserts []int // and the insert trigger
	extent  int   // index in ops of the last insert, if no delete came after it, or -1
}

// op is one change.
type op struct {
	rowid int64
	arg   uint64 // insert: the last rowid of the run; update: the set of columns
	data  place  // of the key and the old values, or 0
	table uint32 // index of capture.touched
	kind  opKind
}

type opKind uint8

const (
	opInsert opKind = iota + 1
	opUpdate
	opDelete
)

// mark is a place in the log to go back to.
type mark struct {
	ops        int
	hi         uint64 // of the last op, which may have grown since
	data       arenaMark
	oldBytes   int
	oldDropped bool
	doomed     bool
	tables     map[int64]*captured
}

// Bounds of what one transaction may take in memory.
const (
	opSize        = 32
	maxCaptured   = 256 << 20 // bytes of ops and of what belongs to them
	maxOldBytes   = 64 << 20  // of old values; beyond it there are none
	keptOps       = 4096      // that stay allocated between transactions
	maxKeptBuffer = 64 << 10  // bytes
)

// size is about how many bytes were captured.
func (c *capture) size() int { return len(c.ops)*opSize + c.data.size }

// add appends o to the log. It reports whether there was room.
func (c *capture) add(t *captured, o op) bool {
	if c.size()-c.oldBytes > c.maxBytes {
		return false
	}
	o.table = c.index(t)
	c.ops = append(c.ops, o)
	return true
}

// insert logs a new row. It extends the run of the last insert where it can: if
// no row of the table was deleted since, and a savepoint that was set since
// knows how far the run went.
func (c *capture) insert(t *captured, rowid int64) bool {
	if i := t.extent; i >= 0 && i < len(c.ops) && i >= c.barrier()-1 {
		o := &c.ops[i]
		if o.kind == opInsert && c.touched[o.table] == t && int64(o.arg)+1 == rowid && int64(o.arg) < rowid {
			o.arg = uint64(rowid)
			return true
		}
	}
	t.extent = len(c.ops)
	return c.add(t, op{rowid: rowid, arg: uint64(rowid), kind: opInsert})
}

// barrier is how many ops the innermost savepoint saw.
func (c *capture) barrier() int {
	if len(c.marks) == 0 {
		return 0
	}
	return c.marks[len(c.marks)-1].ops
}

// index numbers the tables that the transaction changes.
func (c *capture) index(t *captured) uint32 {
	if n := len(c.touched); n > 0 && c.touched[n-1] == t {
		return uint32(n - 1)
	}
	for i, other := range c.touched {
		if other == t {
			return uint32(i)
		}
	}
	c.touched = append(c.touched, t)
	return uint32(len(c.touched) - 1)
}

// mark notes where the log is.
func (c *capture) mark() mark {
	m := mark{ops: len(c.ops), data: c.data.mark(), oldBytes: c.oldBytes, oldDropped: c.oldDropped, doomed: c.doomed, tables: c.tables}
	if m.ops > 0 {
		m.hi = c.ops[m.ops-1].arg
	}
	return m
}

// back forgets what was logged since m.
func (c *capture) back(m mark) {
	c.ops = c.ops[:m.ops]
	if m.ops > 0 {
		c.ops[m.ops-1].arg = m.hi
	}
	c.data.back(m.data)
	c.oldBytes, c.oldDropped, c.doomed = m.oldBytes, m.oldDropped, m.doomed
	c.tables, c.last = m.tables, nil
}

// clear empties the log.
func (c *capture) clear() {
	if cap(c.ops) > keptOps {
		c.ops = nil
	}
	c.ops = c.ops[:0]
	c.data.clear()
	clear(c.scratch[:cap(c.scratch)])
	if cap(c.scratch) > maxKeptBuffer {
		c.scratch = nil
	}
	for _, t := range c.touched {
		t.extent = -1
	}
	c.touched, c.marks = c.touched[:0], c.marks[:0]
	c.oldBytes, c.oldDropped = 0, false
	c.judged, c.doomed, c.unsure = 0, false, false
}

// tooMuchCaptured is the error of a transaction that changes too many rows.
func tooMuchCaptured(err error) *fault.Error {
	return fault.Wrap("quota.transaction",
		"The transaction changes too many rows at once. Change them in several transactions.", err)
}

// captures finds the capture of the connection that SQLite calls a function
// for: SQLite passes on a number, not a Go pointer.
var captures captureTable

type captureTable struct {
	mu  sync.Mutex
	all atomic.Pointer[[]*capture] // replaced, never changed
}

func (t *captureTable) at(slot uintptr) *capture { return (*t.all.Load())[slot] }

// enter gives c its number.
func (t *captureTable) enter(c *capture) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*capture
	if p := t.all.Load(); p != nil {
		all = append(all, *p...)
	}
	for i := range all {
		if all[i] == nil {
			c.slot, all[i] = uintptr(i), c
			t.all.Store(&all)
			return
		}
	}
	c.slot = uintptr(len(all))
	all = append(all, c)
	t.all.Store(&all)
}

// leave gives the number back.
func (t *captureTable) leave(c *capture) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := append([]*capture(nil), *t.all.Load()...)
	all[c.slot] = nil
	t.all.Store(&all)
}
