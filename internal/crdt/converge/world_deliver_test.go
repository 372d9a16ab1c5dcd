package converge

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/fault"
)

// deliver gives a changeset to a device and checks that exactly what the model
// says has happened. It reports whether the device holds it now.
func (w *world) deliver(m *member, c *changeset) bool {
	w.t.Helper()
	before, vector := m.held, m.vector()
	seen := vector[crdt.SiteID(c.site)]
	report, err := m.engine.Apply(testContext, bytes.NewReader(c.data), crdt.ApplyOptions{})
	w.note("%s gets %s: %v", m.name, c, err)
	m.held = w.look(m)
	want := before.state.Clone()
	code := ""
	w.counts["deliveries"]++
	if c.version != len(m.applied) {
		w.counts["deliveries between versions"]++
	}
	switch {
	case c.upto <= seen:
		if err == nil && !report.Duplicate {
			w.fail(m, "%s is no duplicate, having seen %s", c, short(seen))
		}
		w.counts["duplicates"]++
	case c.from > seen || !dominates(vector, c.needs, c.site):
		code = "crdt.gap"
		w.counts["gaps"]++
	default:
		want.Merge(w.ripe(m, known(c.state, before.state, vector)))
		vector[crdt.SiteID(c.site)] = c.upto
	}
	if fault.Code(err) != code && (err != nil || code != "") {
		w.fail(m, "%s: %v, want %q; its vector %v, needs %v", c, err, code, vector, c.needs)
	}
	if got := m.vector(); !maps.Equal(got, vector) {
		w.fail(m, "after %s its vector is %v, want %v", c, got, vector)
	}
	switch {
	case w.retyped: // they meet in the end
	case w.mixed && err == nil:
		// What a migration wrote is in the changeset too, without a stamp of its
		// maker.
		most := c.whole.Clone()
		most.Merge(w.awaited(m))
		w.between(m, "after "+c.String(), w.unseeded(m.held.state), w.unseeded(want), w.unseeded(most))
	default:
		w.same(m, "after "+c.String(), m.held.state, want)
		w.nothingMore(m, want)
	}
	if err == nil {
		w.reported(m, before, report)
		if report.Forks > 0 {
			w.fail(m, "%s: %d forks", c, report.Forks)
		}
	}
	return err == nil
}

// nothingMore fails if a device knows of a row that it should not know of: one
// that was collected and comes back, if only as a tombstone.
func (w *world) nothingMore(m *member, want model.State) {
	w.t.Helper()
	for id, rows := range m.held.state {
		for key, row := range rows {
			if _, ok := want[id][key]; !ok {
				w.fail(m, "row %x came back: %+v", key, row)
			}
		}
	}
}

// anew lets a device write its changes again, from further back, and another one
// get them that has seen some of them. It can be done with those that it has
// not collected.
func (w *world) anew(r *rapid.T, m *member) {
	w.t.Helper()
	to := rapid.SampledFrom(w.devices).Draw(r, "to")
	if to == m {
		return
	}
	w.publish(m)
	w.catchUp(m)
	w.catchUp(to)
	w.local(m, transactions(m.schema).Draw(r, "transaction"))
	w.publish(m)
	starts := []int64{0}
	for _, c := range w.log[m.self()] {
		starts = append(starts, c.from)
	}
	c := w.writeAnew(m, rapid.SampledFrom(starts).Draw(r, "from"))
	if c == nil {
		return
	}
	if seen := to.vector()[crdt.SiteID(c.site)]; c.from < seen && seen < c.upto {
		w.counts["changesets that overlap"]++
	}
	w.deliver(to, c)
}

// writeAnew returns what a device has published since from, as it is now; nil if
// there is nothing, or if it was collected.
func (w *world) writeAnew(m *member, from int64) *changeset {
	w.t.Helper()
	c := &changeset{site: m.self(), from: from, upto: m.published, needs: m.vector(), whole: m.held.state, version: len(m.applied)}
	if c.upto == c.from {
		return nil
	}
	since := m.vector()
	since[crdt.SiteID(c.site)] = c.from
	var data bytes.Buffer
	info, err := m.engine.Changes(testContext, since, &data)
	w.note("%s writes %s anew: %v", m.name, c, err)
	if fault.Code(err) == "crdt.collected" && c.from < w.collected[crdt.SiteID(c.site)] {
		w.counts["changesets anew that were collected"]++
		return nil
	}
	m.must(err)
	if info.From != c.from || info.Upto != c.upto {
		w.fail(m, "anew it wrote %d to %d, want %d to %d", info.From, info.Upto, c.from, c.upto)
	}
	c.state, c.data = part(m.held.state, c.site, c.from, c.upto), data.Bytes()
	return c
}

// reported: every table whose rows look different is in the report.
func (w *world) reported(m *member, before *observed, report crdt.Report) {
	w.t.Helper()
	for _, t := range m.schema.tables {
		id := m.held.tables[t.name].id
		if slices.Equal(sorted(before.visible[id]), sorted(m.held.visible[id])) {
			continue
		}
		if !slices.ContainsFunc(report.Tables, func(r *crdt.TableReport) bool { return r.Rows > 0 && strings.EqualFold(r.Table, prefix+t.name) }) {
			w.fail(m, "%s changed and is not in the report %+v", t.name, report)
		}
	}
}

// dominates reports whether v has all of needs, but for site's own.
func dominates(v, needs crdt.Vector, site model.Site) bool {
	for id, h := range needs {
		if id != crdt.SiteID(site) && v[id] < h {
			return false
		}
	}
	return true
}

// known leaves out the rows that a device does not have though it has seen
// their birth or death: they were deleted, and that was collected.
func known(s, have model.State, vector crdt.Vector) model.State {
	out := model.State{}
	for id, rows := range s {
		out[id] = model.Table{}
		for key, row := range rows {
			if _, ok := have[id][key]; ok || row.Stamp.H > vector[crdt.SiteID(row.Stamp.Site)] {
				out[id][key] = row
			}
		}
	}
	return out
}

// spoil gives a changeset that was damaged on the way: it is refused and leaves
// nothing.
func (w *world) spoil(m *member, c *changeset, data []byte) {
	w.t.Helper()
	before, vector := m.held, m.vector()
	w.counts["damaged"]++
	_, err := m.engine.Apply(testContext, bytes.NewReader(data), crdt.ApplyOptions{})
	w.note("%s gets %s damaged: %v", m.name, c, err)
	m.held = w.look(m)
	if err == nil && c.upto > vector[crdt.SiteID(c.site)] {
		w.fail(m, "a damaged changeset was accepted")
	}
	if err != nil && !strings.HasPrefix(fault.Code(err), "crdt.") {
		w.fail(m, "a damaged changeset: %v", err)
	}
	w.same(m, "after a damaged changeset", m.held.state, before.state)
	if got := m.vector(); !maps.Equal(got, vector) {
		w.fail(m, "a damaged changeset moved the vector from %v to %v", vector, got)
	}
}

// snapshot makes a snapshot of a device, which others may get much later.
func (w *world) snapshot(m *member) *snapshot {
	w.t.Helper()
	w.publish(m) // or nobody could ever have all of its vector
	var data bytes.Buffer
	_, err := m.engine.Snapshot(testContext, &data)
	m.must(err)
	s := &snapshot{m, m.vector(), m.held.state, data.Bytes()}
	w.snapshots = append(w.snapshots, s)
	w.note("%s makes a snapshot", m.name)
	return s
}

// restore merges a snapshot into a device.
func (w *world) restore(m *member, s *snapshot) {
	w.t.Helper()
	before, vector := m.held, m.vector()
	w.counts["snapshots merged"]++
	_, err := m.engine.Apply(testContext, bytes.NewReader(s.data), crdt.ApplyOptions{})
	w.note("%s gets a snapshot of %s: %v", m.name, s.maker.name, err)
	m.held = w.look(m)
	if fault.Code(err) == "crdt.behind" && !dominates(s.vector, w.collected, model.Site{}) {
		// It was made before what everybody had seen was forgotten: it could bring
		// back what is gone.
		w.counts["snapshots too old"]++
		w.same(m, "after a snapshot that is too old", m.held.state, before.state)
		return
	}
	m.must(err)
	want := before.state.Clone()
	if s.maker != m { // its own tells a device nothing
		want.Merge(known(s.state, before.state, vector))
	}
	for id, h := range s.vector {
		vector[id] = max(vector[id], h)
	}
	if got := m.vector(); !maps.Equal(got, vector) {
		w.fail(m, "after a snapshot its vector is %v, want %v", got, vector)
	}
	if !w.mixed {
		w.same(m, "after a snapshot", m.held.state, want)
		w.nothingMore(m, want)
	}
}
