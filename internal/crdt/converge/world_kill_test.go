package converge

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/store"
)

// logName is the file that a commit is appended to. Once that is done, a note of
// how much there is to rely on goes into the header.
const (
	logName   = store.FileName + "-wal"
	logHeader = 32
)

// files are the bytes in a device's folder, by name: what a process that is
// killed leaves there.
func (d *device) files() map[string][]byte {
	d.t.Helper()
	found := map[string][]byte{}
	// In the turn of one who writes, so that nothing moves the log meanwhile.
	d.must(d.st.UpdateTx(testContext, func(*store.Tx) error {
		list, err := os.ReadDir(d.dir)
		if err != nil {
			return err
		}
		for _, f := range list {
			if found[f.Name()], err = os.ReadFile(filepath.Join(d.dir, f.Name())); err != nil {
				return err
			}
		}
		return nil
	}))
	return found
}

// revive goes on with files, in another folder, as a device whose process was
// killed does.
func (d *device) revive(files map[string][]byte) {
	d.t.Helper()
	old := d.dir
	d.must(d.close())
	dir, err := os.MkdirTemp(filepath.Dir(old), d.name)
	d.must(err)
	for name, data := range files {
		d.must(os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	d.must(os.RemoveAll(old))
	d.dir = dir
	d.openStore()
	d.openEngine()
}

// kill kills a device while it writes something or merges something. A commit
// that the log does not hold to its end has not been.
func (w *world) kill(r *rapid.T, m *member) {
	w.t.Helper()
	before, vector, all := m.held, m.vector(), w.all.Clone()
	was := m.files()
	merges := rapid.Bool().Draw(r, "while it merges")
	if merges {
		w.killMerging(r, m)
	} else {
		w.local(m, transactions(m.schema).Draw(r, "transaction"))
	}
	after, advanced := m.held, m.vector()
	left := m.files()
	kept := true
	if appended(was, left) {
		log := left[logName]
		cut := len(log)
		if rapid.IntRange(0, 3).Draw(r, "before the end") > 0 {
			cut = rapid.IntRange(len(was[logName]), len(log)-1).Draw(r, "cut")
		}
		kept = cut == len(log)
		if !kept || rapid.Bool().Draw(r, "before the note") {
			copy(log, was[logName][:logHeader])
		}
		left[logName] = log[:cut]
	}
	w.note("%s is killed; the last commit is kept: %v", m.name, kept)
	m.revive(left)
	m.held = w.look(m)
	want, seen := after.state, advanced
	w.counts["kills"]++
	if !kept {
		want, seen, w.all = before.state, vector, all
		w.counts["kills within a commit"]++
		if merges {
			w.counts["kills within the commit of a merge"]++
		}
	}
	w.same(m, "after a kill", m.held.state, want)
	if got := m.vector(); !maps.Equal(got, seen) {
		w.fail(m, "after a kill its vector is %v, want %v", got, seen)
	}
	w.sound(m)
}

// killMerging lets a device merge a changeset that it has not seen, or if there
// is none any.
func (w *world) killMerging(r *rapid.T, m *member) {
	w.t.Helper()
	vector := m.vector()
	for _, site := range w.sites() {
		for _, c := range w.log[site] {
			seen := vector[[16]byte(c.site)]
			if c.from <= seen && seen < c.upto && dominates(vector, c.needs, c.site) {
				w.deliver(m, c)
				return
			}
		}
	}
	if c := w.drawChangeset(r); c != nil {
		w.deliver(m, c)
	}
}

// appended reports whether all that happened between two looks at a folder is
// that the log grew.
func appended(was, is map[string][]byte) bool {
	for name, data := range is {
		if name != logName && !bytes.Equal(was[name], data) {
			return false
		}
	}
	before, after := was[logName], is[logName]
	return len(before) >= logHeader && len(before) < len(after) && bytes.HasPrefix(after[logHeader:], before[logHeader:])
}
