package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// pageBytes is the size of a page of the database.
const pageBytes = 4096

// slack is how many pages a transaction may need on its way although it ends
// with no more than before.
const slack = 16

// codeStorage is the code of what would make an extension keep more than it may.
const codeStorage = "quota.storage"

// meter counts the pages that one transaction of an extension adds. The number
// it has in all is kept in alcove_usage, so nothing is scanned: it changes by
// what the whole database grows. That is what is shown as the extension's
// storage, and what its quota is compared with.
//
// So the extension is charged with all that a vault keeps for its tables: rows
// and indexes, and of change tracking their clocks, the tombstones of rows that
// are gone, what the outbox says of its changes, hidden and parked rows, and
// values that lost. Deleting makes some of that grow; it counts, or an extension
// that inserts and deletes for ever would fill the disk.
//
// Its history does not count (see Tx.OffMeter). Deleting would only move rows
// there and make no room, and it is bounded already: by days, and by a share of
// what does count.
//
// Pages are counted where they are written. What an extension adds in the tables
// of another, by a grant, is on the meters of both, and what it deletes there on
// neither: two extensions must not make room for each other that there is not.
// countPages finds the true number by a look at every page, before a meter that
// may say too much is believed to be full.
type meter struct {
	rights  *Rights
	quota   int64           // pages; 0 for any number
	before  int64           // pages in use in the whole database
	had     int64           // pages of the extension
	unknown bool            // they have not been counted before
	full    int64           // how often the disk had been full
	deletes bool            // nothing but deleting was asked for
	others  map[string]bool // whose tables were changed by a grant
}

// meter begins to count, and keeps the database from growing beyond the quota
// while one statement runs. It is called inside a transaction. With anew, what
// the extension has is counted whatever is known of it.
func (c *conn) startMeter(ctx context.Context, r *Rights, l Limits, anew bool) error {
	if c.meter = nil; r.Extension == 0 {
		return nil
	}
	m := &meter{rights: r, quota: l.Storage / pageBytes, full: c.store.volume.DiskFull()}
	size, free, err := c.pages(ctx)
	if err != nil {
		return err
	}
	m.before = size - free
	if m.had, m.unknown, err = c.usage(ctx, r.Extension); err != nil {
		return err
	}
	// A full meter is only believed when it was read since the vault was opened, and
	// since anything was taken off it: what other devices sent, and what the host
	// dropped, is not on it, or not to the page.
	if anew || m.unknown || m.quota > 0 && m.had >= m.quota && !c.store.believes(r.Extension) {
		if m.had, err = c.countPages(ctx, r); err != nil {
			return err
		}
		m.unknown = true
		c.store.metered.Store(r.Extension, true)
	}
	c.meter = m
	if m.quota == 0 {
		return c.boundPages(0)
	}
	return c.boundPages(size + max(m.quota-m.had-free, slack))
}

// stopMeter writes down what was counted, at the end of the transaction, or
// fails with quota.storage.
func (c *conn) stopMeter(ctx context.Context) error {
	m := c.meter
	if m == nil {
		return nil
	}
	c.meter = nil
	size, free, err := c.pages(ctx)
	if err != nil {
		return err
	}
	added := size - free - m.before
	if len(m.others) > 0 {
		added = max(added, 0)
	}
	// What is kept of a row that is gone can be more than it was. Who has no room
	// left may delete all the same: there is an end to that.
	if m.quota > 0 && added > 0 && m.had+added > m.quota && !m.deletes {
		return m.tooMuch()
	}
	if err := c.chargeOthers(ctx, m, added); err != nil || added == 0 && !m.unknown {
		return err
	}
	return c.noteUsage(ctx, m.rights.Extension, m.had+added)
}

// ran notes what a statement has done that matters at the end.
func (m *meter) ran(g *guard) {
	if g.adds {
		m.deletes = false
	}
	for _, name := range append(slices.Collect(maps.Keys(g.changed)), g.touches, g.shaping) {
		if owner := ownerOf(baseName(name)); owner != "" && owner != g.own {
			note(&m.others, owner)
		}
	}
}

// chargeOthers puts what was added on the meters of the others whose tables were
// changed. None of these meters is believed to be full without a look.
func (c *conn) chargeOthers(ctx context.Context, m *meter, added int64) error {
	if len(m.others) == 0 {
		return nil
	}
	c.store.metered.Delete(m.rights.Extension)
	for owner := range m.others {
		if err := (&Tx{c, ctx}).credit(owner, -added); err != nil {
			return err
		}
	}
	return nil
}

// believes reports whether an extension's meter says what a look at every page
// would, about.
func (s *Store) believes(extension int64) bool {
	_, read := s.metered.Load(extension)
	return read
}

func (m *meter) tooMuch() error {
	return fault.New(codeStorage, fmt.Sprintf(
		"The app may keep %d MB in this vault, and this would be more. Nothing of it was saved. Delete something, or raise the limit in the app's details.",
		(m.quota*pageBytes+500_000)/1_000_000)).With("bytes", m.quota*pageBytes)
}

// overQuota turns SQLite's word that the database is full into quota.storage, if
// it was the quota that ended it and not the disk.
func (c *conn) overQuota(m *meter, err error) error {
	if m == nil || m.quota == 0 || codeOf(err)&0xff != sqlite3.SQLITE_FULL || c.store.volume.DiskFull() != m.full || c.store.volume.Retired() {
		return err
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return m.tooMuch()
}

// pages returns how many pages the database has, and how many of them are free.
func (c *conn) pages(ctx context.Context) (size, free int64, err error) {
	tx := &Tx{c, ctx}
	for _, of := range []struct {
		text string
		n    *int64
	}{{"PRAGMA page_count", &size}, {"PRAGMA freelist_count", &free}} {
		q := tx.Query(of.text)
		if q.Step() {
			*of.n = q.ColumnInt(0)
		}
		q.Reset()
		if err := q.Err(); err != nil {
			return 0, 0, err
		}
	}
	return size, free, nil
}

func (c *conn) usage(ctx context.Context, extension int64) (pages int64, unknown bool, err error) {
	q := (&Tx{c, ctx}).Query("SELECT pages FROM alcove_usage WHERE extension = ?")
	q.Int(1, extension)
	unknown = true
	if q.Step() {
		pages, unknown = q.ColumnInt(0), false
	}
	q.Reset()
	return pages, unknown, q.Err()
}

// countPages looks at every page of the extension's tables and indexes, and of
// what the tracker keeps for them.
func (c *conn) countPages(ctx context.Context, r *Rights) (pages int64, err error) {
	own := lowerASCII(r.Own)
	kept, err := c.kept(ctx, own)
	if err != nil {
		return 0, err
	}
	aside, err := json.Marshal(kept.Tables)
	if err != nil {
		return 0, err
	}
	pages = pagesOf(kept.Bytes)
	// Not the aggregate of dbstat, during which SQLite cannot be interrupted.
	err = c.handle.rows(`SELECT (SELECT count(*) FROM dbstat WHERE dbstat.name = s.name)
		FROM sqlite_schema AS s WHERE s.type IN ('table', 'index') AND s.rootpage > 0
		AND (lower(substr(s.tbl_name, 1, ?2)) = ?1 OR s.tbl_name IN (SELECT value FROM json_each(?3)))`,
		[]any{own, int64(len(own)), string(aside)}, func(row []any) error {
			n, _ := row[0].(int64)
			pages += n
			return nil
		})
	return pages, err
}

// boundPages sets how many pages the database may have; 0 is any number.
func (c *conn) boundPages(n int64) error {
	if n == c.bound {
		return nil
	}
	set := n
	if n == 0 {
		set = 1<<32 - 2
	}
	err := c.handle.exec(fmt.Sprintf("PRAGMA max_page_count = %d", set))
	if err == nil {
		c.bound = n
	}
	return err
}

// makeRoom lifts the bound for what the tracker writes now, if that could meet
// it: the history of what was replaced is not the extension's. What is, is judged
// by stopMeter.
func (c *conn) makeRoom(ctx context.Context, bytes int) error {
	if c.meter == nil || c.bound == 0 {
		return nil
	}
	size, free, err := c.pages(ctx)
	if err != nil || c.bound-size+free > 2*pagesOf(int64(bytes))+slack {
		return err
	}
	return c.boundPages(0)
}
