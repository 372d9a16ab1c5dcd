package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Limits are what an extension may use. The store holds statements to them; the
// last five are for those who carry calls.
type Limits struct {
	Statement int           // bytes of SQL text
	Params    int           // values, at most 32,766
	Rows      int           // of a result
	Bytes     int64         // of a result, and of one value
	Time      time.Duration // from the call to its end, waiting included
	Waiting   int           // calls that write or wait to write at a time; 0 for any number
	Storage   int64         // bytes of the tables and what is kept for them, whole pages (see meter); 0 for any number

	Calls   int64 // in a minute
	Traffic int64 // bytes of calls and replies in a minute
	Network int64 // bytes on the wire in a minute
	Files   int64 // bytes of files that are read and written in a minute
	Handles int   // things that a session has open
}

// DefaultLimits are the limits of the product.
func DefaultLimits() Limits {
	return Limits{
		Statement: 100 << 10, Params: 1000, Rows: 50_000, Bytes: 32 << 20, Time: 10 * time.Second, Waiting: 16, Storage: 256_000_000,
		Calls: 60_000, Traffic: 2_000_000_000, Network: 500_000_000, Files: 2_000_000_000, Handles: 64,
	}
}

// maxValue is the most bytes of one value or row. No call can bring a larger one,
// and functions take time by the length of their values without being ended.
const maxValue = 8 << 20

// maxOperations is how many operations a compiled program may have. CREATE TABLE
// reads the columns that are generated, and each that mentions another one twice
// doubles them; nothing ends that.
const maxOperations = 2_000_000

// maxText is the longest text that SQLite reads as a statement. It is not that of
// a statement of the extension, which Check judges: SQLite reads the schema under
// it, too, with every table as it was once created.
const maxText = 4 << 20

// maxParams is what SQLite is compiled for.
const maxParams = 32766

// Check judges what can be judged of statements before SQLite sees them.
func (l Limits) Check(list ...Statement) error {
	for i, st := range list {
		if err := l.check(st); err != nil {
			return atStatement(err, i, len(list))
		}
	}
	return nil
}

func (l Limits) check(st Statement) error {
	if len(st.SQL) > l.Statement {
		return fault.New("quota.statement", fmt.Sprintf(
			"A statement may have %d bytes, this one has %d. Pass data as parameters instead of writing it into the statement.", l.Statement, len(st.SQL)))
	}
	if n := min(l.Params, maxParams); len(st.Params) > n {
		return fault.New("quota.params", fmt.Sprintf(
			"A statement may have %d values, this one has %d. Send several statements as one transaction.", n, len(st.Params)))
	}
	for i, p := range st.Params {
		var n int
		switch p := p.(type) {
		case string:
			n = len(p)
		case []byte:
			n = len(p)
		}
		if most := min(l.Bytes, maxValue); int64(n) > most {
			return fault.New("quota.bytes", fmt.Sprintf("A value may have %d bytes, value %d has %d. Keep it in several rows.", most, i+1, n))
		}
	}
	return nil
}

func (l Limits) tooManyRows() error {
	return fault.New("quota.rows", fmt.Sprintf("A result may have %d rows, this one has more. Ask for fewer with LIMIT.", l.Rows))
}

func (l Limits) tooManyBytes() error {
	return fault.New("quota.bytes", fmt.Sprintf("A result may have %d bytes, this one has more. Ask for fewer rows or columns.", l.Bytes))
}

func (l Limits) tooLarge() error {
	return fault.New("quota.bytes", fmt.Sprintf("A value or row may have %d bytes, and the whole needs memory, too. Keep it in several rows, or ask for less at a time.", min(l.Bytes, maxValue)))
}

func (l Limits) tooLong() error {
	return fault.New("quota.time", fmt.Sprintf("The call was ended after %v. Make the statement smaller, or help it with an index.", l.Time))
}

func (l Limits) tooManyWaiting() error {
	return fault.New("quota.waiting", fmt.Sprintf("An app may have %d calls that write at a time. Wait for one to end before sending the next.", l.Waiting))
}

// impose sets SQLite's own limits on the connection and returns what puts the
// old ones back.
func (l Limits) impose(h handle) (restore func()) {
	set := []struct{ id, value int32 }{
		{sqlite3.SQLITE_LIMIT_LENGTH, int32(min(l.Bytes, maxValue))},
		{sqlite3.SQLITE_LIMIT_SQL_LENGTH, maxText},
		{sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, int32(min(l.Params, maxParams))},
		{sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 50},
		{sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 250}, // matching takes pattern times text
		{sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 127},
		{sqlite3.SQLITE_LIMIT_COLUMN, 500},
		{sqlite3.SQLITE_LIMIT_VDBE_OP, maxOperations},
	}
	for i, s := range set {
		set[i].value = h.limit(s.id, s.value)
	}
	return func() {
		for _, s := range set {
			h.limit(s.id, s.value)
		}
	}
}

// watch ends a statement when its context is done. SQLite asks it every few
// thousand steps of its machine. For steps that take long by themselves, such as
// one that makes megabytes, it is interrupted besides, which it looks at in
// every round of a loop.
type watch struct {
	ctx   context.Context
	store *Store
	tick  func()    // called while it goes on; may be nil
	since time.Time // when the query of an extension began; zero for all others
}

// watches finds the watch of a connection for SQLite's callbacks.
var watches sync.Map // C sqlite3, and the *libc.TLS of its connection -> *watch

const watchSteps = 1000

// interruptPause is how long it takes until a statement is interrupted that
// began after the context was done: SQLite forgets an interrupt when nothing runs,
// and many short statements can follow each other.
const interruptPause = 2 * time.Millisecond

// watch makes the connection obey ctx until the returned function is called.
// The driver uses the same slot of SQLite, but only during its own calls.
func (h handle) watch(ctx context.Context, s *Store) (end func()) {
	return h.watchWith(watch{ctx: ctx, store: s})
}

// watchReader is watch for a query of an extension, which also ends when it
// keeps a log that has become too large from being emptied.
func (h handle) watchReader(ctx context.Context, s *Store) (end func()) {
	return h.watchWith(watch{ctx: ctx, store: s, since: time.Now()})
}

// watchAnd is watch that also calls tick again and again.
func (h handle) watchAnd(ctx context.Context, s *Store, tick func()) (end func()) {
	return h.watchWith(watch{ctx: ctx, store: s, tick: tick})
}

func (h handle) watchWith(w watch) (end func()) {
	watches.Store(h.db, &w)
	watches.Store(h.tls, &w)
	sqlite3.Xsqlite3_progress_handler(h.tls, h.db, watchSteps, address(watchProgress), h.db)
	over, interrupted := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(w.ctx, func() {
		defer close(interrupted)
		again := time.NewTicker(interruptPause)
		defer again.Stop()
		for {
			h.interrupt()
			select {
			case <-over:
				return
			case <-again.C:
			}
		}
	})
	return func() {
		if !stop() {
			close(over)
			<-interrupted // or it would come while the next statement runs
		}
		sqlite3.Xsqlite3_progress_handler(h.tls, h.db, 0, 0, 0)
		watches.Delete(h.db)
		watches.Delete(h.tls)
	}
}

func watchProgress(_ *libc.TLS, db uintptr) int32 {
	if w, ok := watches.Load(db); ok && w.(*watch).over() {
		return 1
	}
	return 0
}

// watchTemp is asked while a statement works on its temporary files.
func watchTemp(tls *libc.TLS) bool {
	w, ok := watches.Load(tls)
	return ok && w.(*watch).over()
}

func (w *watch) over() bool {
	if w.tick != nil {
		w.tick()
	}
	return w.ctx.Err() != nil || w.store.closing.Load() || !w.since.IsZero() && w.store.logTooLong(w.since)
}
