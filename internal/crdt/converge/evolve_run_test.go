package converge

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/crdt/model"
)

// The same as TestDevicesConverge for an app that changes its tables: every
// device runs the same migrations, each at a time of its own, and writes before
// and after.
func TestVersionsConverge(t *testing.T) {
	all := series(t, 60, 5_000, func(r *rapid.T, all *tally) {
		w := newWorld(r)
		w.mixed = true
		defer w.close()
		s := w.schema(schemas().Draw(r, "schema"))
		var list []evolution
		for i, now := range []*schemaDef{s, nil, nil, nil}[:rapid.IntRange(2, 4).Draw(r, "versions")] {
			if now == nil {
				now = list[len(list)-1].schema
			}
			list = append(list, drawEvolution(r, now, i))
		}
		version := map[*member]int{}
		for range rapid.IntRange(3, 4).Draw(r, "devices") {
			w.add(skews().Draw(r, "skew"), s)
		}
		for range rapid.SampledFrom([]int{20, 40, 30, 60, 10}).Draw(r, "steps") {
			m := rapid.SampledFrom(w.devices).Draw(r, "evolve")
			if rapid.IntRange(0, 7).Draw(r, "now") == 0 && version[m] < len(list) && w.evolve(m, list[version[m]]) {
				version[m]++
			}
			w.step(r)
		}
		for _, m := range w.devices {
			for version[m] < len(list) && w.evolve(m, list[version[m]]) {
				version[m]++
			}
		}
		w.meet()
		all.add(w.counts)
	})
	all.wants(t, 100, append(common, "migrations", "deliveries between versions")...)
	all.wants(t, 500, "migrations that failed")
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

// evolve runs a migration on a device. It reports false if the device's data
// does not let it: then the device stays on its version.
func (w *world) evolve(m *member, e evolution) bool {
	w.t.Helper()
	before := m.held
	err := m.migrate(e.schema, e.name, e.text)
	w.note("%s migrates: %s: %v", m.name, e.text, err)
	w.counts["migrations"]++
	m.held = w.look(m)
	if err != nil {
		w.counts["migrations that failed"]++
		w.same(m, "after a migration that failed", m.held.state, before.state)
		return false
	}
	w.all.Merge(m.held.state)
	return true
}
