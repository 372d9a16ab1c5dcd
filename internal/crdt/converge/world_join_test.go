package converge

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/store"
)

// prepared is a vault that has run migrations and written nothing yet.
type prepared struct {
	vault   []byte
	schema  *schemaDef
	applied []store.Migration
}

// add makes a device that is skew away from the world's time and has run the
// migration that makes schema s.
func (w *world) add(skew time.Duration, s *schemaDef) *member {
	w.t.Helper()
	if w.first == nil || w.first.schema != s {
		empty, err := os.ReadFile(filepath.Join(emptyVault(w.t), store.FileName))
		if err != nil {
			w.t.Fatal(err)
		}
		d := newDevice(w.t, folderIn(w.t, w.root), "prepared", empty, func() time.Time { return w.now })
		if err := d.migrate(s, "0001", strings.Join(s.sql(), ";\n")); err != nil {
			w.t.Fatalf("migration %v: %v", s, err)
		}
		w.first = &prepared{d.file(), s, d.applied}
	}
	m := w.bare(skew)
	m.held = w.look(m)
	return m
}

// name is a new device's: a, b, …
func (w *world) name() string {
	w.named++
	return string(rune('a' + w.named - 1))
}

// bare makes a device that has run the first migration only.
func (w *world) bare(skew time.Duration) *member {
	m := &member{skew: skew}
	m.device = newDevice(w.t, w.root, w.name(), w.first.vault, func() time.Time { return w.now.Add(m.skew) })
	m.schema, m.applied = w.first.schema, w.first.applied
	w.devices = append(w.devices, m)
	return m
}

// version is how many migrations behind the first a device has run.
func (m *member) version() int { return len(m.applied) - 1 }

// begin makes a device that begins with a snapshot. It runs migrations before,
// up to a version, on tables that are empty. What these refuse it runs afterwards,
// if the rows that came let it.
func (w *world) begin(skew time.Duration, from *snapshot, version int) *member {
	w.t.Helper()
	m := w.bare(skew)
	m.held = w.look(m)
	w.note("%s joins", m.name)
	w.climb(m, version)
	w.restore(m, from)
	w.climb(m, version)
	return m
}

// join adds a device that begins with a snapshot of another, at its version of
// the app or at an older one.
func (w *world) join(r *rapid.T) {
	from := rapid.SampledFrom(w.devices).Draw(r, "from")
	version := from.version() - rapid.IntRange(0, from.version()).Draw(r, "behind")
	w.counts["joins"]++
	if version < from.version() {
		w.counts["joins at an older version"]++
	}
	w.begin(skews().Draw(r, "skew"), w.snapshot(from), version)
	if w.mixed {
		// What its migrations made it wrote before it had seen what the others
		// agreed on, and they have not seen it.
		w.horizon = nil
	}
}
