package crdt

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// Snapshot writes everything that this device has: rows, hidden ones too,
// tombstones, what is parked, the orders to forget, and its vector. Who merges
// it has everything that the vector says. It is never empty.
func (e *Engine) Snapshot(ctx context.Context, w io.Writer) (info ChangesInfo, err error) {
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
		x, err := newExtractor(tx, reg, vector, kindSnapshot, 0, w)
		if err != nil {
			return err
		}
		info.Site, info.Upto = reg.sites.ids[reg.sites.self], x.upto
		for _, step := range []func() error{x.generations, x.allLevels, x.floors, x.allTables, x.allParked, x.allPurges} {
			if err := step(); err != nil {
				return err
			}
		}
		return x.end(&info)
	})
	return info, err
}

func (x *extractor) generations() error {
	q := x.tx.Query("SELECT prefix, generation FROM alcove_crdt_app ORDER BY prefix")
	for q.Step() {
		if err := x.w.generation(string(q.ColumnBytes(0)), q.ColumnInt(1)); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

func (x *extractor) floors() error {
	gids := slices.SortedFunc(maps.Keys(x.reg.floors), func(a, b GlobalID) int { return bytes.Compare(a[:], b[:]) })
	for _, gid := range gids {
		if err := x.w.floor(gid, x.reg.floors[gid]); err != nil {
			return err
		}
	}
	return nil
}

func (x *extractor) allTables() error {
	var ids []int64
	for id, t := range x.reg.tables {
		if t.name != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		s, err := x.source(id)
		if err != nil {
			return err
		}
		if err := x.rows(s, allRows, everything); err != nil {
			return err
		}
		if s.hides {
			if err := x.hidden(s, everything); err != nil {
				return err
			}
		}
		if err := x.tombs(s); err != nil {
			return err
		}
	}
	return nil
}

func (x *extractor) tombs(s *source) error {
	q := x.tx.Query(s.tombAll)
	for q.Step() {
		d := tomb{q.ColumnInt(1), stamp{q.ColumnInt(2), q.ColumnInt(3), uint32(q.ColumnInt(4))}}
		if err := x.w.tomb(s.index, q.ColumnBytes(0), d); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

func (x *extractor) allParked() error { return eachParked(x.tx, x.w.parked) }

func (x *extractor) allPurges() error {
	q := x.tx.Query("SELECT tbl, k, upto, h, site, cl FROM alcove_crdt_purge")
	for q.Step() {
		var gid GlobalID
		copy(gid[:], q.ColumnBytes(0))
		if err := x.w.purge(gid, q.ColumnBytes(1), q.ColumnInt(5), q.ColumnInt(2), stamp{h: q.ColumnInt(3), site: q.ColumnInt(4)}); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}
