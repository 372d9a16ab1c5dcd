package converge

import (
	"maps"

	"github.com/alcove-vault/alcove/internal/crdt"
)

// horizon is what everybody has seen, and what a device must have seen itself
// before it may collect below it: all that the others wrote before they had
// seen that far. Else an old changeset could still bring a deleted row.
type horizon struct {
	seen  crdt.Vector
	after crdt.Vector
}

// agree makes a horizon of what all devices have seen now.
func (w *world) agree() {
	h := &horizon{after: crdt.Vector{}}
	for _, m := range w.devices {
		v := m.vector()
		for id, t := range v {
			h.after[id] = max(h.after[id], t)
		}
		if h.seen == nil {
			h.seen = v
			continue
		}
		maps.DeleteFunc(h.seen, func(id crdt.SiteID, t int64) bool {
			h.seen[id] = min(t, v[id])
			return h.seen[id] == 0
		})
	}
	w.horizon = h
	w.note("horizon %v after %v", h.seen, h.after)
}

// collect lets a device forget what is below the horizon, if it may.
func (w *world) collect(m *member) {
	w.t.Helper()
	if w.horizon == nil || !dominates(m.vector(), w.horizon.after, [16]byte{}) {
		return
	}
	before, vector := m.held, m.vector()
	w.counts["collections"]++
	_, err := m.engine.Collect(testContext, w.horizon.seen)
	w.note("%s collects: %v", m.name, err)
	m.must(err)
	for id, h := range w.horizon.seen {
		w.floor = max(w.floor, h)
		w.collected[id] = max(w.collected[id], h)
	}
	m.held = w.look(m)
	w.same(m, "after a collection", m.held.state, before.state)
	for id, rows := range before.state {
		for key, row := range rows {
			_, kept := m.held.state[id][key]
			if !kept && (row.Alive() || row.Stamp.M != 0 || row.Stamp.H > w.horizon.seen[crdt.SiteID(row.Stamp.Site)]) {
				w.fail(m, "row %x, which is above the horizon, was collected", key)
			}
		}
	}
	if got := m.vector(); !maps.Equal(got, vector) {
		w.fail(m, "a collection moved the vector from %v to %v", vector, got)
	}
}
