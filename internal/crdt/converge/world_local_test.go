package converge

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
)

// local runs a transaction on a device and judges what became of it.
func (w *world) local(m *member, list []statement) {
	w.t.Helper()
	before, seen := m.held, m.vector()
	err := m.run(list...)
	w.note("%s: %v: %v", m.name, list, err)
	w.became(m, before, seen, list, err)
}

// became judges what became of a transaction of the statements in list, or of
// none of them if there was an error.
func (w *world) became(m *member, before *observed, seen crdt.Vector, list []statement, err error) {
	w.t.Helper()
	m.held = w.look(m)
	after := m.vector()
	if err != nil {
		w.counts["transactions undone"]++
	}
	if err != nil || len(list) == 0 {
		if after[crdt.SiteID(m.self())] != seen[crdt.SiteID(m.self())] {
			w.fail(m, "a transaction of which nothing is left has ticked the clock")
		}
		w.same(m, "after a transaction of which nothing is left", m.held.state, before.state)
		return
	}
	w.counts["transactions"]++
	for _, one := range list {
		w.counts[one.kind()]++
	}
	w.judge(m, before, list)
	w.all.Merge(m.held.state)
}

// judge checks the step of a local transaction: nothing is lost, all that is
// new has one stamp, what was inserted is seen, and what did not change has no
// new clock.
func (w *world) judge(m *member, before *observed, list []statement) {
	w.t.Helper()
	tick := model.Stamp{Site: m.self()}
	for i, t := range shapeOf(m.schema, m.held.tables) {
		def := m.schema.tables[i]
		for key, old := range before.state[t.ID] {
			row, ok := m.held.state[t.ID][key]
			if !ok {
				w.fail(m, "%s forgot row %x", def.name, key)
			}
			if merged, _ := model.MergeRow(old, row); !equalRows(merged, row) {
				w.fail(m, "%s: row %x went back:\n%v\n%v", def.name, key, old, row)
			}
		}
		for key, row := range m.held.state[t.ID] {
			old := before.state[t.ID][key]
			for _, st := range newStamps(old, row) {
				if !row.Alive() && old.Alive() && old.Stamp.Site == (model.Site{}) {
					st.M -= old.Stamp.M // of the migration that had made the row
				}
				if tick.H == 0 {
					tick.H = st.H
				}
				if st != tick {
					w.fail(m, "%s: row %x has stamp %v, not that of its transaction, %v", def.name, key, st, tick)
				}
			}
			if want := nextLife(old, row.Alive(), before.floors[t.ID]); row.Stamp != old.Stamp && row.Life != want {
				w.fail(m, "%s: row %x has life %d, not %d, after life %d; the floor is %d", def.name, key, row.Life, want, old.Life, before.floors[t.ID])
			}
			if row.Alive() && row.Stamp != old.Stamp {
				_, seen := m.held.visible[t.ID][key]
				if !seen && onlyInserts(list) {
					w.fail(m, "%s: row %x was just inserted and is hidden", def.name, key)
				}
				continue
			}
			if !row.Alive() {
				continue
			}
			w.judgeCells(m, def, t, old, row, len(list) == 1 && list[0].once && !hasParents(m.schema))
		}
	}
}

// nextLife is the causal length of a row that a transaction has killed, or born.
func nextLife(old model.Row, alive bool, floor int64) int64 {
	if !alive {
		return old.Life + 1
	}
	ended := old.Life
	if old.Alive() {
		ended++
	}
	return max(ended, floor) + 1
}

func (w *world) judgeCells(m *member, def *tableDef, t model.TableShape, old, row model.Row, once bool) {
	for i, c := range t.Columns {
		was, is := old.Cells[c.ID], row.Cells[c.ID]
		if was.Value != is.Value && was.Stamp == is.Stamp {
			w.fail(m, "%s: column %d changed from %s to %s without a clock", def.name, i, show(was.Value), show(is.Value))
		}
		if once && was.Value == is.Value && was.Stamp != is.Stamp {
			w.fail(m, "%s: column %d is %s still, but has a new clock", def.name, i, show(is.Value))
		}
	}
}

// newStamps are those of row that old does not have at the same place.
func newStamps(old, row model.Row) (out []model.Stamp) {
	if row.Stamp != old.Stamp || row.Life != old.Life {
		out = append(out, row.Stamp)
	}
	for id, cell := range row.Cells {
		if old.Cells[id].Stamp != cell.Stamp || old.Life != row.Life {
			out = append(out, cell.Stamp)
		}
	}
	return out
}

func equalRows(a, b model.Row) bool {
	if a.Life != b.Life || a.Stamp != b.Stamp || len(a.Cells) != len(b.Cells) {
		return false
	}
	for id, cell := range a.Cells {
		if b.Cells[id] != cell {
			return false
		}
	}
	return true
}

func onlyInserts(list []statement) bool {
	return !slices.ContainsFunc(list, func(s statement) bool {
		return !strings.HasPrefix(s.sql, "INSERT") || strings.Contains(s.sql, "UPDATE")
	})
}
