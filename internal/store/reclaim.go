package store

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// reclaimTime bounds how long a call that has reached its storage waits for room
// to be made.
const reclaimTime = 2 * time.Second

// Reclaim lets the tracker forget what nobody needs any more, that of the tables
// whose names begin with prefix first, and reports whether anything went. It is
// not called in a transaction.
func (s *Store) Reclaim(ctx context.Context, prefix string) (bool, error) {
	if s.keeper == nil {
		return false, nil
	}
	bounded, cancel := context.WithTimeout(ctx, reclaimTime)
	defer cancel()
	some, err := s.keeper.Reclaim(bounded, lowerASCII(prefix))
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return some, nil // the time is over, which is no fault: what went is gone
	}
	return some, err
}

// orReclaim runs a call that may reach the extension's storage. One that did has
// come to nothing; it is run once more if room could be made meanwhile, or the
// meter may have said too much, and the extension's pages are then counted anew.
func (s *Store) orReclaim(ctx context.Context, r *Rights, run func(anew bool) error) error {
	err := run(false)
	if !storageFull(err) {
		return err
	}
	if some, failed := s.Reclaim(ctx, r.Own); failed != nil || !some && s.believes(r.Extension) {
		return err // that the storage is full is what the caller can act on
	}
	return run(true)
}

// storageFull reports whether a call ended because the extension's storage is full, in
// a migration too.
func storageFull(err error) bool {
	if err == nil {
		return false
	}
	f := fault.Of(err)
	return f.Code == codeStorage || f.Data["cause"] == codeStorage
}

// OffMeter runs fn, whose pages are not on the meter of the extension whose
// transaction it is: what it writes has a bound of its own.
func (t *Tx) OffMeter(fn func() error) error {
	m := t.conn.meter
	if m == nil {
		return fn()
	}
	grown, err := t.grown(fn)
	m.before += grown
	return err
}

// Freed runs fn in a transaction of the host, and takes the pages that it makes
// free off the meter of the extension whose tables begin with prefix.
func (t *Tx) Freed(prefix string, fn func() error) error {
	grown, err := t.grown(fn)
	if err != nil || grown >= 0 {
		return err
	}
	return t.credit(prefix, -grown)
}

// FreedBytes takes bytes that went from a table which all extensions share off
// the meter of the one whose tables begin with prefix.
func (t *Tx) FreedBytes(prefix string, bytes int64) error {
	if bytes < pageBytes {
		return nil
	}
	return t.credit(prefix, bytes/pageBytes)
}

// credit takes pages off a meter, which is counted before it is believed to be
// full. The tables of the host have none.
func (t *Tx) credit(prefix string, pages int64) error {
	q := t.Query("SELECT id FROM alcove_extension WHERE lower(hex(lineage)) || '__' || name || '__' = ?")
	q.Text(1, []byte(prefix))
	if !q.Step() {
		return q.Err()
	}
	extension := q.ColumnInt(0)
	q.Reset()
	t.conn.store.metered.Delete(extension)
	q = t.Query("UPDATE alcove_usage SET pages = max(0, pages - ?) WHERE extension = ?")
	q.Int(1, pages)
	q.Int(2, extension)
	return q.Run()
}

// grown is by how many pages in use fn lets the database grow.
func (t *Tx) grown(fn func() error) (int64, error) {
	size, free, err := t.conn.pages(t.ctx)
	if err != nil {
		return 0, err
	}
	if err := fn(); err != nil {
		return 0, err
	}
	sizeNow, freeNow, err := t.conn.pages(t.ctx)
	return sizeNow - freeNow - (size - free), err
}
