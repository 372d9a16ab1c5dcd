package converge

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/crdt/model"
)

// Devices that write at random and exchange what they wrote in any order, with
// losses, repetitions and damage, hold what the model says after every step,
// and the same at the end.
func TestDevicesConverge(t *testing.T) {
	all := series(t, 500, 20_000, func(r *rapid.T, all *tally) {
		w := newWorld(r)
		defer w.close()
		s := w.schema(schemas().Draw(r, "schema"))
		for range rapid.IntRange(3, 5).Draw(r, "devices") {
			w.add(skews().Draw(r, "skew"), s)
		}
		for range rapid.SampledFrom([]int{20, 40, 30, 60, 10}).Draw(r, "steps") {
			w.step(r)
		}
		w.counts[fmt.Sprintf("runs of %d devices", len(w.devices))]++
		w.meet()
		all.add(w.counts)
	})
	all.wants(t, 50, append(common, "joins", "runs of 3 devices", "runs of 4 devices", "runs of 5 devices", "runs of 6 devices")...)
	all.wants(t, 500, "snapshots too old")
}

// skews are how wrong a device's clock is.
func skews() *rapid.Generator[time.Duration] {
	return rapid.SampledFrom([]time.Duration{0, 0, 0, -time.Minute, time.Hour, 3 * time.Millisecond})
}

// steps are what devices do, as often as they stand here. They are spread, since
// rapid prefers the beginning of a list.
var steps = func() (out []string) {
	type place struct {
		what string
		at   float64
	}
	var places []place
	for _, s := range []struct {
		what string
		n    int
	}{
		{"write", 30},
		{"rivals", 4},
		{"host", 8},
		{"publish", 14},
		{"deliver", 9},
		{"catch up", 7},
		{"relay", 4},
		{"damage", 3},
		{"restart", 3},
		{"kill", 4},
		{"anew", 4},
		{"snapshot", 2},
		{"restore", 3},
		{"join", 1},
		{"rebirth", 1},
		{"agree", 4},
		{"collect", 4},
	} {
		for i := range s.n {
			places = append(places, place{s.what, (float64(i) + 0.5) / float64(s.n)})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	for _, p := range places {
		out = append(out, p.what)
	}
	return out
}()

// step lets one device do one thing.
func (w *world) step(r *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(r, "ms")) * time.Millisecond)
	m := rapid.SampledFrom(w.devices).Draw(r, "device")
	switch rapid.SampledFrom(steps).Draw(r, "step") {
	case "write":
		w.local(m, transactions(m.schema).Draw(r, "transaction"))
	case "rivals":
		other := rapid.SampledFrom(w.devices).Draw(r, "other")
		if list := m.schema.drawRivals(r); list != nil && other.schema == m.schema {
			w.local(m, list[:1])
			w.local(other, list[1:])
			w.counts["rivals"]++
		}
	case "host":
		w.host(r, m)
	case "publish":
		w.publish(m)
	case "deliver":
		if c := w.drawChangeset(r); c != nil {
			w.deliver(m, c) // any, seen or not
		}
	case "catch up":
		w.catchUp(m)
	case "relay":
		through := rapid.SampledFrom(w.devices).Draw(r, "through")
		if rapid.Bool().Draw(r, "that has all") {
			w.catchUp(through)
		}
		w.relay(m, through)
	case "damage":
		if c := w.drawChangeset(r); c != nil {
			w.spoil(m, c, drawDamage(r, c.data))
		}
	case "restart":
		w.note("%s restarts", m.name)
		w.counts["restarts"]++
		m.restart()
		w.same(m, "after a restart", w.look(m).state, m.held.state)
	case "kill":
		w.kill(r, m)
	case "anew":
		w.anew(r, m)
	case "snapshot":
		w.snapshot(m)
	case "restore":
		switch {
		case len(w.snapshots) == 0:
		case rapid.IntRange(0, 2).Draw(r, "the oldest") == 0:
			w.restore(m, w.snapshots[0])
		default:
			w.restore(m, rapid.SampledFrom(w.snapshots).Draw(r, "snapshot"))
		}
	case "join":
		if len(w.devices) < 6 {
			w.join(r)
		}
	case "rebirth":
		w.rebirth(m)
	case "agree":
		if rapid.Bool().Draw(r, "after all have met") {
			w.exchange()
		}
		w.agree()
		for _, m := range w.devices {
			if rapid.Bool().Draw(r, "collects") {
				w.collect(m)
			}
		}
	case "collect":
		w.collect(m)
	}
}

func (w *world) drawChangeset(r *rapid.T) *changeset {
	var all []*changeset
	for _, site := range w.sites() {
		all = append(all, w.log[site]...)
	}
	if len(all) == 0 {
		return nil
	}
	return rapid.SampledFrom(all).Draw(r, "changeset")
}

// drawDamage cuts a changeset off or changes a byte of it.
func drawDamage(r *rapid.T, data []byte) []byte {
	at := rapid.IntRange(0, len(data)-1).Draw(r, "at")
	if rapid.Bool().Draw(r, "cut") {
		return data[:at]
	}
	data = slices.Clone(data)
	data[at] ^= rapid.ByteMin(1).Draw(r, "bits")
	return data
}

// rebirth gives a device, all of whose changes are published, another site.
func (w *world) rebirth(m *member) {
	w.publish(m)
	w.note("%s begins a new incarnation", m.name)
	w.counts["incarnations"]++
	m.must(m.engine.NewIncarnation(testContext))
	m.published = 0
	m.lives++
	m.rename(fmt.Sprint(m.name, m.lives))
	m.restart()
	w.same(m, "after a new incarnation", w.look(m).state, m.held.state)
}

// catchUp gives a device everything that it can have.
func (w *world) catchUp(m *member) (any bool) {
	w.t.Helper()
	for again := true; again; {
		again = false
		for _, c := range w.sites() {
			for _, c := range w.log[c] {
				v := m.vector()
				if v[[16]byte(c.site)] < c.upto && w.deliver(m, c) {
					again, any = true, true
				}
			}
		}
	}
	return any
}

// relay gives a device what another one has of others.
func (w *world) relay(m, through *member) {
	w.t.Helper()
	has := through.vector()
	for _, site := range w.sites() {
		for _, c := range w.log[site] {
			if m != through && site != through.self() && c.upto <= has[[16]byte(site)] && c.upto > m.vector()[[16]byte(site)] && w.deliver(m, c) {
				w.counts["relayed"]++
			}
		}
	}
}

// sites of the log, in an order that does not depend on chance.
func (w *world) sites() (out []model.Site) {
	for site := range w.log {
		out = append(out, site)
	}
	slices.SortFunc(out, func(a, b model.Site) int { return slices.Compare(a[:], b[:]) })
	return out
}

// meet lets all devices have everything, and then they are the same, and so is
// one that begins with a snapshot.
func (w *world) meet() {
	w.t.Helper()
	w.exchange()
	w.agreed("when all have met")
	last := w.devices[len(w.devices)-1]
	w.begin(0, w.snapshot(last), last.version())
	if w.mixed {
		w.exchange() // its migrations have made rows that nobody had
	}
	w.agreed("after a snapshot of all")
	for _, m := range w.devices {
		w.sound(m)
	}
}

// agreed fails unless all devices have seen everything and hold the same.
func (w *world) agreed(when string) {
	w.t.Helper()
	for i, m := range w.devices {
		w.same(m, when, w.firm(m, m.held.state), w.firm(m, w.rewritten(m, w.all)))
		for _, other := range w.devices[:i] {
			if other.version() == m.version() {
				w.same(m, fmt.Sprintf("%s, beside %s,", when, other.name), w.reached(m, m.held.state), w.reached(m, other.held.state))
				break // which is like all others of the version
			}
		}
		for site, list := range w.log {
			if last := list[len(list)-1].upto; m.vector()[[16]byte(site)] != last {
				w.fail(m, "has not seen all of %x", site[:2])
			}
		}
	}
}
