package crdt

import (
	"context"
	"io"

	"github.com/alcove-vault/alcove/internal/store"
)

// ChangesInfo says what a changeset or snapshot that was written holds.
type ChangesInfo struct {
	Site       SiteID // who wrote it
	From, Upto int64  // the hybrid times it is about, the first exclusive
	Ops        int64
	Bytes      int64
}

// Changes writes what this device itself changed after since, as one changeset.
// The work and the memory depend on the changes, not on the tables. If there is
// nothing new, nothing is written and Upto is From. Errors: crdt.collected (the
// changes were forgotten, a snapshot is needed), crdt.clone (since says more of
// this device than it knows itself).
func (e *Engine) Changes(ctx context.Context, since Vector, w io.Writer) (info ChangesInfo, err error) {
	if err := e.tell(ctx); err != nil {
		return info, err
	}
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadNames(tx)
		if err != nil {
			return err
		}
		vector, err := loadVector(tx, &reg.sites)
		if err != nil {
			return err
		}
		info.Site = reg.sites.ids[reg.sites.self]
		info.From, info.Upto = since[info.Site], vector[info.Site]
		if info.From >= info.Upto {
			if info.From > info.Upto {
				return cloneFault()
			}
			return nil
		}
		collected, err := collectedUpto(tx, reg.sites.self)
		if err != nil {
			return err
		}
		if info.From < collected {
			return collectedFault()
		}
		x, err := newExtractor(tx, reg, vector, kindLog, info.From, w)
		if err != nil {
			return err
		}
		if err := x.replay(); err != nil {
			return err
		}
		return x.end(&info)
	})
	return info, err
}

// collectedUpto is the end of what Collect took from the outbox.
func collectedUpto(tx *store.Tx, self int64) (h int64, err error) {
	q := tx.Query("SELECT seen FROM alcove_crdt_site WHERE id = ?")
	q.Int(1, self)
	if q.Step() {
		h = q.ColumnInt(0)
		q.Reset()
	}
	return h, q.Err()
}

func (x *extractor) end(info *ChangesInfo) error {
	err := x.w.end()
	info.Ops, info.Bytes = int64(x.w.ops)-int64(x.w.defs), x.w.bytes
	return err
}

// replay goes through the outbox.
func (x *extractor) replay() error {
	migrated := map[int64]bool{}
	q := x.tx.Query("SELECT h, data FROM alcove_crdt_tx WHERE h > ? AND h <= ? ORDER BY h")
	q.Int(1, x.from)
	q.Int(2, x.upto)
	for q.Step() {
		p := parser{b: q.ColumnBytes(1)}
		for len(p.b) > 0 {
			sec := readSection(&p)
			if sec.kind == sectionMigrated {
				migrated[sec.table] = true
			}
			if err := x.section(&sec, q.ColumnInt(0)); err != nil {
				q.Reset()
				return err
			}
		}
		if p.bad {
			q.Reset()
			return errDamaged
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	return x.hiddenChanges(migrated)
}

// own reports whether a stamp is of this device and in the stretch of time that
// is wanted.
func (x *extractor) own(st stamp) bool {
	return st.site == x.site && st.h > x.from && st.h <= x.upto
}

// section writes what a section of the transaction of time h is about, as far as
// it still is so.
func (x *extractor) section(sec *section, h int64) error {
	switch sec.kind {
	case sectionWritten, sectionMigrated, sectionMoved:
	case sectionRemoved:
		return x.removed(sec)
	case sectionPurged:
		return x.purged(sec, h)
	case sectionLevel:
		return x.levels(sec, h)
	default:
		return errDamaged
	}
	s, err := x.source(sec.table)
	if err != nil {
		return err
	}
	if s == nil {
		sec.skip()
		return nil
	}
	exact := func(st stamp) bool { return st.site == x.site && st.h == h }
	want := exact
	switch sec.kind {
	case sectionWritten:
		// A row that was born in the stretch is written whole for its birth.
		want = func(st stamp) bool { return exact(st) && (st == x.clocks.birth || !x.own(x.clocks.birth)) }
	case sectionMigrated:
		exact = func(st stamp) bool { return st.m != 0 }
		want = exact
	case sectionMoved:
		want = func(st stamp) bool { return st.m != 0 || x.own(st) }
	}
	for {
		r, ok := sec.run()
		if !ok {
			break
		}
		if err := x.rows(s, r, want); err != nil {
			return err
		}
	}
	for {
		k, ok := sec.key()
		if !ok {
			return nil
		}
		d, found, err := s.tombOf(x.tx, k)
		if err != nil {
			return err
		}
		if found && exact(d.stamp) {
			if err := x.w.tomb(s.index, k, d); err != nil {
				return err
			}
		}
	}
}

// hiddenChanges writes what this device changed of rows that are hidden now,
// which are not where the outbox says. There are few of them.
func (x *extractor) hiddenChanges(migrated map[int64]bool) error {
	for id, t := range x.reg.tables {
		if !t.hides || t.name == "" {
			continue
		}
		if _, any, err := oneInt(x.tx, t.hiddenAnyText()); err != nil || !any {
			if err != nil {
				return err
			}
			continue
		}
		s, err := x.source(id)
		if err != nil {
			return err
		}
		if err := x.hidden(s, func(st stamp) bool { return x.own(st) || st.m != 0 && migrated[id] }); err != nil {
			return err
		}
	}
	return nil
}

// removed writes that apps were removed for good.
func (x *extractor) removed(sec *section) error {
	sec.run()
	for {
		app, ok := sec.key()
		if !ok {
			return nil
		}
		if err := x.w.generation(string(app), x.reg.apps[string(app)]); err != nil {
			return err
		}
	}
}

// purged writes orders to forget.
func (x *extractor) purged(sec *section, h int64) error {
	sec.run()
	t := x.reg.tables[sec.table]
	for {
		k, ok := sec.key()
		if !ok {
			return nil
		}
		if t == nil {
			continue
		}
		q := x.tx.Query("SELECT upto, h, site, cl FROM alcove_crdt_purge WHERE tbl = ? AND k = ?")
		q.Blob(1, t.gid[:])
		q.Blob(2, k)
		if q.Step() {
			upto, cl, st := q.ColumnInt(0), q.ColumnInt(3), stamp{h: q.ColumnInt(1), site: q.ColumnInt(2)}
			q.Reset()
			if st.site == x.site && st.h == h {
				if err := x.w.purge(t.gid, k, cl, upto, st); err != nil {
					return err
				}
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
}
