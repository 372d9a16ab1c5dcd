package converge

import (
	"testing"

	"pgregory.net/rapid"
)

// The same as TestDevicesConverge for an app that changes its tables, and makes
// rows in them: every device runs the same migrations, each at a time of its own,
// and writes before and after.
func TestVersionsConverge(t *testing.T) {
	all := series(t, 60, 5_000, func(r *rapid.T, all *tally) {
		w := newWorld(r)
		w.mixed = true
		defer w.close()
		s := w.schema(schemas().Draw(r, "schema"))
		for i, now := range []*schemaDef{s, nil, nil, nil}[:rapid.IntRange(2, 4).Draw(r, "versions")] {
			if now == nil {
				now = w.list[i-1].schema
			}
			w.list = append(w.list, drawEvolution(r, now, i))
		}
		for range rapid.IntRange(3, 4).Draw(r, "devices") {
			w.add(skews().Draw(r, "skew"), s)
		}
		for range rapid.SampledFrom([]int{20, 40, 30, 60, 10}).Draw(r, "steps") {
			m := rapid.SampledFrom(w.devices).Draw(r, "evolve")
			if rapid.IntRange(0, 7).Draw(r, "now") == 0 {
				w.climb(m, min(m.version()+1, len(w.list)))
			}
			w.step(r)
		}
		for _, m := range w.devices {
			w.climb(m, len(w.list))
		}
		w.meet()
		all.add(w.counts)
	})
	all.wants(t, 100, append(common, "migrations", "deliveries between versions", "joins", "joins at an older version",
		"rows that migrations made", "rows that migrations made of dead ones", "rows that migrations made where something was collected")...)
	all.wants(t, 500, "migrations that failed")
}

// climb runs migrations on a device up to a version, as far as its data lets it.
func (w *world) climb(m *member, version int) {
	w.t.Helper()
	for m.version() < version && w.evolve(m, w.list[m.version()]) {
	}
}

// evolve runs a migration on a device. It reports false if the device's data
// does not let it: then the device stays on its version.
func (w *world) evolve(m *member, e evolution) bool {
	w.t.Helper()
	if m.version() == len(w.list) {
		w.list = append(w.list, e)
	}
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
	grown := m.held.state.Clone()
	grown.Merge(w.unsettled(before.state))
	w.same(m, "after a migration something is missing", m.held.state, grown)
	w.noteSeeds(m, before)
	w.all.Merge(m.held.state)
	return true
}
