package crdt

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// MomentChanges is what was written at one moment: by one transaction, here or
// on another device.
type MomentChanges struct {
	Moment int64 // hybrid time
	Tables []MomentTable
}

// MomentTable is what was written to one table.
type MomentTable struct {
	Table    string // full name
	Inserted int    // rows that are still there, and those whose end the history tells
	Updated  int    // rows
	Deleted  int    // rows
}

// maxMoments is how many moments are listed at once.
const maxMoments = 1000

// Moments lists what was written to an app's tables and when, as far as the
// history goes, newest first: at most limit moments before the moment before,
// which is 0 for the first page. Each page reads the app's tables as a whole,
// because births are nowhere in the order of their times.
func (e *Engine) Moments(ctx context.Context, app string, before int64, limit int) (list []MomentChanges, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 0), maxMoments)
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		tables, err := reg.scope(app, "")
		if err != nil {
			return err
		}
		kept, err := loadHistory(tx, app)
		if err != nil {
			return err
		}
		m := moments{before: before, after: kept.floor, counts: map[int64]map[string]*MomentTable{}}
		for _, t := range tables {
			err := t.eachRow(tx, &reg.sites, func(r *presentRow) error {
				m.count(r.birth.h, t.name, func(c *MomentTable) { c.Inserted++ })
				return nil
			})
			if err != nil {
				return err
			}
			m.limit(8 * limit)
		}
		if err := m.replaced(tx, kept, reg, limit); err != nil {
			return err
		}
		list = m.list(limit)
		return nil
	})
	return list, err
}

// moments counts what was written.
type moments struct {
	before, after int64 // both exclusive
	counts        map[int64]map[string]*MomentTable
}

func (m *moments) count(h int64, table string, note func(*MomentTable)) {
	if h <= m.after || h >= m.before {
		return
	}
	at := m.counts[h]
	if at == nil {
		at = map[string]*MomentTable{}
		m.counts[h] = at
	}
	if at[table] == nil {
		at[table] = &MomentTable{Table: table}
	}
	note(at[table])
}

// newest is the moments, newest first.
func (m *moments) newest() []int64 {
	all := slices.Sorted(maps.Keys(m.counts))
	slices.Reverse(all)
	return all
}

// limit forgets the oldest moments beyond n.
func (m *moments) limit(n int) {
	all := m.newest()
	for _, h := range all[min(n, len(all)):] {
		delete(m.counts, h)
		m.after = max(m.after, h)
	}
}

// replaced counts what the history tells, until that is limit moments.
func (m *moments) replaced(tx *store.Tx, kept *history, reg *registry, limit int) error {
	type of struct {
		table string
		count int
	}
	layouts := map[int64]of{}
	q := tx.Query("SELECT id, tbl, length(columns) / 17 FROM alcove_crdt_history_layout")
	for q.Step() {
		var gid GlobalID
		copy(gid[:], q.ColumnBytes(1))
		if t := reg.byGID[gid]; t != nil && t.name != "" {
			layouts[q.ColumnInt(0)] = of{t.name, int(q.ColumnInt(2))}
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	// What is not before the page tells of rows that were added on it.
	q = tx.Query("SELECT h, layout, data FROM alcove_crdt_history WHERE app = ? AND h > ? ORDER BY h DESC")
	q.Int(1, kept.id)
	q.Int(2, m.after)
	defer q.Reset()
	last := int64(0)
	for n := 0; q.Step(); {
		h, l := q.ColumnInt(0), layouts[q.ColumnInt(1)]
		if h != last && h < m.before {
			n, last = n+1, h
		}
		if n > limit {
			return nil
		}
		if l.table == "" {
			continue
		}
		for p := (parser{b: q.ColumnBytes(2)}); len(p.b) > 0; {
			var o oldValues
			if err := readOld(&p, h, l.count, &o); err != nil {
				return err
			}
			if o.whole && len(o.by) == 0 {
				m.count(o.birth, l.table, func(c *MomentTable) { c.Inserted++ })
			}
			m.count(h, l.table, func(c *MomentTable) {
				if o.whole {
					c.Deleted++
				} else {
					c.Updated++
				}
			})
		}
	}
	return q.Err()
}

func (m *moments) list(limit int) (list []MomentChanges) {
	all := m.newest()
	for _, h := range all[:min(limit, len(all))] {
		c := MomentChanges{Moment: h}
		for _, t := range m.counts[h] {
			c.Tables = append(c.Tables, *t)
		}
		slices.SortFunc(c.Tables, func(a, b MomentTable) int { return strings.Compare(a.Table, b.Table) })
		list = append(list, c)
	}
	return list
}
