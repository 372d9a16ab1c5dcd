package converge

import (
	"maps"
	"slices"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
)

// What is asked of devices that have run different migrations, or the same ones
// at different times.

// filtered is a state without the rows for which drop is true.
func filtered(s model.State, drop func(id model.ID, key string, row model.Row) bool) model.State {
	out := s.Clone()
	for id, rows := range out {
		maps.DeleteFunc(rows, func(key string, row model.Row) bool { return drop(id, key, row) })
	}
	return out
}

// noteSeeds remembers which rows the migration that a device has just run made.
func (w *world) noteSeeds(m *member, before *observed) {
	made := model.Stamp{M: uint32(len(m.applied))}
	for id, rows := range m.held.state {
		for key, row := range rows {
			old, had := before.state[id][key]
			if !row.Alive() || row.Stamp != made || old.Alive() && old.Stamp == made {
				continue
			}
			if w.seeded[id] == nil {
				w.seeded[id] = map[string]uint32{}
			}
			w.seeded[id][key] = max(w.seeded[id][key], made.M)
			w.counts["rows that migrations made"]++
			switch {
			case had && !old.Alive():
				w.counts["rows that migrations made of dead ones"]++
			case had:
				w.counts["rows that migrations made of others"]++
			case len(w.collected) > 0:
				w.counts["rows that migrations made where something was collected"]++
			}
		}
	}
}

// ripe is what came to a device without the rows of migrations that it has yet
// to run: they wait, or these could not make them any more. What came of a life
// before such a row is over, and is not shown if the row was there first.
func (w *world) ripe(m *member, s model.State) model.State {
	ahead := func(n uint32) bool { return n > uint32(len(m.applied)) }
	return filtered(s, func(id model.ID, key string, row model.Row) bool {
		waits := row.Alive() && row.Stamp.Site == model.Site{} && ahead(row.Stamp.M)
		return waits || ahead(w.seeded[id][key]) && w.all[id][key].Life > row.Life
	})
}

// awaited are the rows of migrations that a device has yet to run, as they came
// to be. Of those that it has heard of it holds more than it shows, and shows it
// when it hears of the row from somebody who did not make it so.
func (w *world) awaited(m *member) model.State {
	return filtered(w.all, func(id model.ID, key string, _ model.Row) bool {
		return w.seeded[id][key] <= uint32(len(m.applied))
	})
}

// noteDeaths remembers of which keys there ever was a tombstone that can be
// collected.
func (w *world) noteDeaths(s model.State) {
	for id, rows := range s {
		for key, row := range rows {
			if row.Alive() || row.Stamp.M != 0 {
				continue
			}
			if w.died[id] == nil {
				w.died[id] = map[string]bool{}
			}
			w.died[id][key] = true
		}
	}
}

// unseeded is a state without the rows that a migration made under keys whose
// tombstones may be settled. Who finds such a tombstone, or has forgotten it,
// makes the row anew, in its first life, and who hears of it forgets the
// tombstone too: what was done to the key before is lost, on all devices.
func (w *world) unseeded(s model.State) model.State {
	return filtered(s, func(id model.ID, key string, _ model.Row) bool {
		return len(w.collected) > 0 && w.died[id][key] && w.seeded[id][key] > 0
	})
}

// unsettled is a state without the tombstones that give way to what a migration
// makes.
func (w *world) unsettled(s model.State) model.State {
	return filtered(s, func(_ model.ID, _ string, row model.Row) bool {
		return !row.Alive() && row.Stamp.M == 0 && row.Stamp.H <= w.collected[crdt.SiteID(row.Stamp.Site)]
	})
}

// firm is what m must have of a state that somebody has had.
func (w *world) firm(m *member, s model.State) model.State {
	return w.unseeded(w.reached(m, s))
}

// reached is what all devices at the version of m have of a state in common. A
// row that a later migration made waits until m runs that, which the device's
// data does not let it; what m shows of the key meanwhile is what else it heard,
// and when.
func (w *world) reached(m *member, s model.State) model.State {
	return filtered(w.lasting(m, s), func(id model.ID, key string, _ model.Row) bool {
		return w.seeded[id][key] > uint32(len(m.applied))
	})
}

// rewritten is a state with what migrations made of values, once no device has
// the stamp any more under which such a value was written: all have lowered it,
// and the migration's value has the lower one too.
func (w *world) rewritten(m *member, s model.State) model.State {
	s = s.Clone()
	for id, rows := range m.held.state {
		for key, row := range rows {
			for c, now := range row.Cells {
				was := s[id][key].Cells[c]
				if s[id][key].Life != row.Life || now.Stamp.M <= was.Stamp.M || w.stamped(id, key, c, was.Stamp) {
					continue
				}
				was.Value = now.Value
				changed := s[id][key]
				changed.Cells = maps.Clone(changed.Cells)
				changed.Cells[c] = was
				s[id][key] = changed
			}
		}
	}
	return s
}

// stamped reports whether a device has what was written at a time, or what its
// migrations made of that.
func (w *world) stamped(id model.ID, key string, c model.ID, st model.Stamp) bool {
	if st.H > w.collected[crdt.SiteID(st.Site)] {
		return true // nobody may have lowered it
	}
	return slices.ContainsFunc(w.devices, func(m *member) bool {
		has := m.held.state[id][key].Cells[c].Stamp
		return has.H == st.H && has.Site == st.Site
	})
}

// lasting is a state without the columns of m that a later migration drops. A
// device whose data does not let it run that still has them, and who ran it
// before they sent what they had written there has nothing to send any more.
func (w *world) lasting(m *member, s model.State) model.State {
	latest := m
	for _, other := range w.devices {
		if len(other.applied) > len(latest.applied) {
			latest = other
		}
	}
	lasts := map[model.ID]bool{}
	for _, t := range latest.held.tables {
		for _, c := range t.columns {
			lasts[c.id] = true
		}
	}
	s = s.Clone()
	for _, t := range m.held.tables {
		for _, c := range t.columns {
			for key, row := range s[t.id] {
				if _, has := row.Cells[c.id]; has && !lasts[c.id] {
					row.Cells = maps.Clone(row.Cells)
					delete(row.Cells, c.id)
					s[t.id][key] = row
				}
			}
		}
	}
	return s
}
