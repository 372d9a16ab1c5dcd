package crdt

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// rememberDropped keeps how many rows a table had that the migration drops, or
// gives another key, by the time of their birth: their values go, or are in
// another table now, but it can be told how many rows of a moment cannot be put
// back. The layout has no columns; see SPEC.md.
func (m *migration) rememberDropped(f *follow) error {
	if !f.copied || !m.e.keepsHistory(f.t) {
		return nil
	}
	text := "SELECT rid FROM " + f.t.of(kindKey)
	if f.was.rowid {
		text = "SELECT rid FROM " + f.t.old()
	}
	births := map[int64]uint64{}
	q := m.tx.Query(text)
	var c clocks
	for q.Step() {
		if err := f.t.loadClocks(m.tx, q.ColumnInt(0), &c); err != nil {
			q.Reset()
			return err
		}
		births[c.birth.h]++
	}
	if err := q.Err(); err != nil || len(births) == 0 {
		return err
	}
	kept, err := m.e.historyOf(m.tx, f.t.app)
	if err != nil {
		return err
	}
	w := &historyWriter{tx: m.tx, kept: kept, h: m.tick()}
	if w.layout, err = layoutNumber(m.tx, f.t.gid, nil); err != nil {
		return err
	}
	if m.old == nil {
		m.old = map[int64]*historyWriter{}
	}
	m.old[f.t.id] = w
	for _, h := range slices.Sorted(maps.Keys(births)) {
		if err := w.add(&oldValues{k: binary.AppendUvarint(nil, births[h]), whole: true, birth: h}); err != nil {
			return err
		}
	}
	return nil
}

// goneRows counts the rows of a moment that were in tables which were dropped
// since, until the moment upto. It adds up lives that were going on at the
// moment: those that ended with the table, and those that ended before it.
func goneRows(tx *store.Tx, app string, moment, upto int64) (n int, err error) {
	kept, err := loadHistory(tx, app)
	if err != nil || kept.id == 0 {
		return 0, err
	}
	layouts, err := droppedLayouts(tx)
	if err != nil || len(layouts) == 0 {
		return 0, err
	}
	q := tx.Query("SELECT h, layout, data FROM alcove_crdt_history WHERE app = ? AND h > ? AND h <= ?")
	q.Int(1, kept.id)
	q.Int(2, max(moment, kept.floor))
	q.Int(3, upto)
	defer q.Reset()
	for q.Step() {
		columns, ok := layouts[q.ColumnInt(1)]
		if !ok {
			continue
		}
		for p := (parser{b: q.ColumnBytes(2)}); len(p.b) > 0; {
			var o oldValues
			if err := readOld(&p, q.ColumnInt(0), columns, &o); err != nil {
				return 0, err
			}
			if !o.whole || len(o.by) > 0 || o.birth > moment {
				continue
			}
			if columns > 0 {
				n++
				continue
			}
			lived, read := binary.Uvarint(o.k)
			if read <= 0 {
				return 0, errHistory
			}
			n += int(min(lived, 1<<40))
		}
	}
	return n, q.Err()
}

// droppedLayouts are the layouts of tables that were dropped and had rows then,
// and how many columns each has.
func droppedLayouts(tx *store.Tx) (map[int64]int, error) {
	list := map[int64]int{}
	q := tx.Query(`SELECT id, length(columns) / 17 FROM alcove_crdt_history_layout
		WHERE tbl IN (SELECT tbl FROM alcove_crdt_history_layout WHERE length(columns) = 0)`)
	for q.Step() {
		list[q.ColumnInt(0)] = int(q.ColumnInt(1))
	}
	return list, q.Err()
}

// countWaiting counts what the row of a key had, at the moment, in columns that
// are not here yet: it waits for them with a life that is over.
func (p *past) countWaiting(tx *store.Tx, k []byte) error {
	if !p.t.parked {
		return nil
	}
	waits, err := parkedOf(tx, p.t.gid, k)
	if err != nil || waits == nil {
		return err
	}
	for _, c := range waits.cells {
		here := slices.ContainsFunc(p.t.columns, func(own column) bool { return own.gid == c.column })
		if !here && c.stamp.H <= p.moment {
			p.gone++
		}
	}
	return nil
}
