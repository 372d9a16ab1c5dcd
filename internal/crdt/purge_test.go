package crdt

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// finds returns the numbers of the pages that hold a text, 0 for one in the log:
// of the database as it lies on the disk, which is copied.
func (r *replica) finds(marker string) (pages []uint32) {
	r.t.Helper()
	dir := r.t.TempDir()
	path := filepath.Join(dir, store.FileName)
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(r.dir, store.FileName+suffix))
		must(r.t, err)
		must(r.t, os.WriteFile(path+suffix, b, 0o600))
		if suffix != "" {
			sealvfs.LogPages(b, testKeys("ada"), func(plain []byte) {
				if bytes.Contains(plain, []byte(marker)) {
					pages = append(pages, 0)
				}
			})
		}
	}
	v, err := sealvfs.Mount(path, testKeys("ada"), sealvfs.Options{})
	must(r.t, err)
	must(r.t, v.EachPage(r.t.Context(), nil, func(page uint32, plain []byte) {
		if bytes.Contains(plain, []byte(marker)) {
			pages = append(pages, page)
		}
	}))
	must(r.t, v.Unmount())
	return pages
}

const marker = "MARKER-c0ffee"

// plant makes three devices that have a row with the marker wherever one can be:
// in its key, in other values of it, deleted and made again, in the history, in
// lost values, in a hidden row, parked, held back, and in pages that are free.
func plant(t *testing.T, now func() time.Time) (all []*replica, key []byte) {
	for range 3 {
		r := newReplica(t, WithNow(now))
		createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title UNIQUE, body)")
		createTracked(r, "CREATE TABLE pairs (a TEXT NOT NULL, b TEXT NOT NULL, c, PRIMARY KEY (a, b)) WITHOUT ROWID")
		all = append(all, r)
	}
	for _, r := range []*replica{all[0], all[2]} {
		createTracked(r, "CREATE TABLE later (id TEXT PRIMARY KEY NOT NULL, body)")
	}
	r := all[0]
	long := "'" + marker + "' || hex(zeroblob(6000))"
	for i := range 200 {
		r.exec(fmt.Sprintf("INSERT INTO notes VALUES ('n%d', 't%d', hex(randomblob(200)))", i, i))
	}
	r.exec("INSERT INTO notes VALUES ('" + marker + "', '" + marker + "-title', " + long + ")")
	r.exec("INSERT INTO pairs VALUES ('" + marker + "', 'x', '" + marker + "')")
	r.exec("INSERT INTO later VALUES ('" + marker + "', '" + marker + "')")
	r.exec("DELETE FROM notes WHERE id = '" + marker + "'")
	for i := range 40 {
		r.exec(fmt.Sprintf("DELETE FROM notes WHERE id = 'n%d'", i*3))
	}
	r.exec("INSERT INTO notes VALUES ('" + marker + "', '" + marker + "-title', '" + marker + " again')")
	r.exec("UPDATE notes SET body = body || '!'")
	r.exec("UPDATE notes SET body = " + long + " WHERE id = '" + marker + "'")
	exchange(all...)
	all[0].exec("UPDATE notes SET body = '" + marker + " of 0' WHERE id = '" + marker + "'")
	all[1].exec("UPDATE notes SET body = '" + marker + " of 1' WHERE id = '" + marker + "'")
	all[2].exec("UPDATE notes SET body = '" + marker + " of 2' WHERE id = '" + marker + "'")
	exchange(all...)
	return all, append([]byte{3, byte(len(marker))}, marker...)
}

func TestPurgeLeavesNothing(t *testing.T) {
	clock := time.UnixMilli(1_700_000_000_000)
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	all, key := plant(t, now)
	for i, r := range all {
		if len(r.finds(marker)) == 0 {
			t.Fatalf("device %d has no marker to begin with", i)
		}
	}
	// Device 2 is offline, and writes the row again and again.
	for range 4 {
		all[2].exec("DELETE FROM notes WHERE id = '"+marker+"'", "INSERT INTO notes VALUES ('"+marker+"', '"+marker+" t', '"+marker+" offline')")
	}
	all[2].exec("UPDATE pairs SET c = '"+marker+" offline'", "UPDATE later SET body = '"+marker+" offline'",
		"DELETE FROM later", "INSERT INTO later VALUES ('"+marker+"', '"+marker+"')")
	all[0].exec("DELETE FROM pairs")
	early := all[2].changes(nil)
	purge := func(r *replica) {
		must(t, r.Purge(t.Context(), testApp, "notes", key, Moment(clock)))
		must(t, r.Purge(t.Context(), testApp, "later", key, Moment(clock)))
		must(t, r.Purge(t.Context(), testApp, "pairs", append(slices.Clone(key), 3, 1, 'x'), Moment(clock)))
	}
	purge(all[0])
	if pages := all[0].finds(marker); pages != nil {
		t.Errorf("the device that purged has it in pages %v", pages)
	}
	all[0].exec("INSERT INTO notes VALUES ('other', 'x', 'y')")
	exchange(all[0], all[1])
	if pages := all[1].finds(marker); pages != nil {
		t.Errorf("the device that heard of it has it in pages %v", pages)
	}
	// Old changes of the offline device come, and then it comes back itself.
	for _, r := range all[:2] {
		_, err := r.Apply(t.Context(), bytes.NewReader(early), ApplyOptions{})
		must(t, err)
	}
	exchange(all...)
	for i, r := range all {
		if pages := r.finds(marker); pages != nil {
			t.Errorf("in the end device %d has it in pages %v", i, pages)
		}
	}
	rows := all[0].dump("notes")
	for i, r := range all {
		if got := r.dump("notes"); !slices.Equal(got, rows) {
			t.Errorf("device %d has %d rows, device 0 %d", i, len(got), len(rows))
		}
		if len(r.dump("pairs")) != 0 {
			t.Errorf("device %d still has the pair", i)
		}
	}
	if strings.Contains(strings.Join(rows, ""), marker) || len(rows) != 161 {
		t.Errorf("%d rows are left", len(rows))
	}
	// The key is free for another row, which is an ordinary one.
	all[2].exec("INSERT INTO notes VALUES ('" + marker + "', 'new', 'new')")
	exchange(all...)
	all[1].exec("UPDATE notes SET body = 'newer' WHERE id = '" + marker + "'")
	exchange(all...)
	same(t, "SELECT title, body FROM notes WHERE id = '"+marker+"'", "new newer", all...)
}

func TestPurgeReachesWhatIsHeldBack(t *testing.T) {
	clock := time.UnixMilli(1_700_000_000_000)
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	ahead := func() time.Time { return now().Add(1000 * time.Hour) }
	a, b := newReplica(t, WithNow(now)), newReplica(t, WithNow(ahead))
	for _, r := range []*replica{a, b} {
		createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	}
	b.exec("INSERT INTO notes VALUES ('"+marker+"', '"+marker+"'), ('other', 'kept')", "INSERT INTO notes VALUES ('third', 'kept')")
	changes := b.changes(nil)
	take := func() {
		report, err := a.Apply(t.Context(), bytes.NewReader(changes), ApplyOptions{})
		must(t, err)
		if !report.Held {
			t.Fatal("it is not held back")
		}
	}
	take()
	must(t, a.Purge(t.Context(), testApp, "notes", append([]byte{3, byte(len(marker))}, marker...), Moment(clock)))
	for range 2 {
		if pages := a.finds(marker); pages != nil {
			t.Errorf("it is in pages %v", pages)
		}
		must(t, a.DropHeld(t.Context(), b.Self(), b.present()))
		take() // it comes again
		must(t, a.erase(t.Context()))
	}
	_, err := a.ApplyHeld(t.Context(), true)
	must(t, err)
	same(t, "SELECT id, body FROM notes ORDER BY id", "other kept\nthird kept", a)
}

func TestPurgeNeedsNobodyToReferToTheRow(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE boxes (id TEXT PRIMARY KEY NOT NULL)")
	createTracked(r, "CREATE TABLE things (id TEXT PRIMARY KEY NOT NULL, box REFERENCES boxes)")
	r.exec("INSERT INTO boxes VALUES ('x')", "INSERT INTO things VALUES ('t', 'x')")
	err := r.Purge(t.Context(), testApp, "boxes", []byte{3, 1, 'x'}, r.present())
	if fault.Code(err) != "crdt.purge_referenced" || len(r.dump("boxes")) != 1 {
		t.Fatalf("%v", err)
	}
}

// TestPurgeOfThePast leaves a row that was made later alone.
func TestPurgeOfThePast(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', '" + marker + "')")
	r.exec("DELETE FROM notes")
	upto := r.present()
	r.exec("INSERT INTO notes VALUES ('a', 'first')")
	first := r.present()
	r.exec("UPDATE notes SET body = 'second'")
	must(t, r.Purge(t.Context(), testApp, "notes", []byte{3, 1, 'a'}, upto))
	if pages := r.finds(marker); pages != nil {
		t.Errorf("it is in pages %v", pages)
	}
	same(t, "SELECT body FROM notes", "second", r)
	if got := r.dumpAt("notes", first); !slices.Equal(got, r.rowsOf("VALUES ('a', 'first')", 2)) {
		t.Errorf("at first: %q", got)
	}
}
