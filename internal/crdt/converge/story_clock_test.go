package converge

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/store"
)

// A device whose clock is in 2099 does not take the others there: what it wrote
// waits, unaltered, until the person takes it.
func TestChangesFromAFarFutureWaitAndAreTaken(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'now', 1)")
	w.exchange()
	d[2].skew = 75 * 365 * 24 * time.Hour
	w.do(d[2], "UPDATE {t0} SET c0 = 'in 2099'")
	w.publish(d[2])
	ahead := w.log[d[2].self()][1]
	for _, m := range d[:2] {
		vector := m.vector()
		report, err := m.engine.Apply(testContext, bytes.NewReader(ahead.data), crdt.ApplyOptions{})
		if err != nil || !report.Held {
			t.Fatalf("%+v, %v", report, err)
		}
		if got := m.vector(); got[crdt.SiteID(ahead.site)] != vector[crdt.SiteID(ahead.site)] {
			t.Error("what waits is acknowledged")
		}
		w.same(m, "while changes wait", w.look(m).state, m.held.state)
		m.restart()
		w.do(m, "UPDATE {t0} SET c1 = c1 + 1")
		if h := m.vector()[crdt.SiteID(m.self())]; time.UnixMilli(h>>15).Sub(w.now) > time.Hour {
			t.Error("the clock went along")
		}
	}
	for _, m := range d[:2] {
		report, err := m.engine.Apply(testContext, bytes.NewReader(ahead.data), crdt.ApplyOptions{AcceptFuture: true})
		if err != nil || report.Held {
			t.Fatalf("%+v, %v", report, err)
		}
		m.held = w.look(m)
	}
	w.now = w.now.Add(d[2].skew) // or a new device would not take it yet
	w.meet()
	w.shows("SELECT c0 FROM {t0}", `"in 2099"`)
}

// copyDevice makes a device out of a copy of m's folder, as a person does who
// copies a vault. It is not told.
func (w *world) copyDevice(m *member) *member {
	w.t.Helper()
	data := m.file()
	m.openStore()
	m.openEngine()
	other := &member{device: &device{t: w.t, name: w.name(), now: m.now, schema: m.schema, applied: m.applied}}
	other.dir = filepath.Join(w.root, other.name)
	m.must(os.Mkdir(other.dir, 0o700))
	m.must(os.WriteFile(filepath.Join(other.dir, store.FileName), data, 0o600))
	other.openStore()
	other.openEngine()
	other.held = w.look(other)
	other.published = m.published
	w.devices = append(w.devices, other)
	return other
}

// Two copies of one device write with the same clock. Whatever order the others
// hear of it in, they hold the same, and hear that there was a fork.
func TestCopiesWithOneClockAreNoticedAndAgree(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	one := d[0]
	two := w.copyDevice(one)
	// At the same moment, with the same site.
	w.now = w.now.Add(time.Millisecond)
	one.exec("UPDATE {t0} SET c0 = 'of one'")
	two.exec("UPDATE {t0} SET c0 = 'of two'")
	one.held, two.held = w.look(one), w.look(two)
	var snaps []*snapshot
	for _, m := range []*member{one, two} {
		var data bytes.Buffer
		_, err := m.engine.Snapshot(testContext, &data)
		m.must(err)
		snaps = append(snaps, &snapshot{m, m.vector(), m.held.state, data.Bytes()})
	}
	forks := 0
	for i, m := range d[1:] {
		for n := range snaps {
			report, err := m.engine.Apply(testContext, bytes.NewReader(snaps[(n+i)%2].data), crdt.ApplyOptions{})
			m.must(err)
			forks += report.Forks
		}
		m.held = w.look(m)
	}
	if forks != 2 {
		t.Errorf("%d forks were reported", forks)
	}
	want := model.State{}
	want.Merge(one.held.state)
	want.Merge(two.held.state)
	for _, m := range d[1:] {
		w.same(m, "after both copies", m.held.state, want)
	}
	// A copy begins a new incarnation, and takes what the other has.
	two.must(two.engine.NewIncarnation(testContext))
	for _, m := range []*member{one, two} {
		for _, from := range []*member{d[1], one, two} {
			if from == m {
				continue
			}
			var data bytes.Buffer
			_, err := from.engine.Snapshot(testContext, &data)
			from.must(err)
			_, err = m.engine.Apply(testContext, &data, crdt.ApplyOptions{})
			m.must(err)
		}
		m.held = w.look(m)
		w.same(m, "after a snapshot of the other", m.held.state, want)
	}
	w.do(two, "UPDATE {t0} SET c1 = 5")
	w.do(one, "UPDATE {t0} SET c0 = 'later'")
	if one.self() == two.self() {
		t.Error("two devices have one site")
	}
}
