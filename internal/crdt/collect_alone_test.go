package crdt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// collectNow is CollectAlone however little has happened.
func (r *replica) collectNow() CollectInfo {
	r.t.Helper()
	info, err := r.collectAlone(r.t.Context(), "", enough{1, 1})
	must(r.t, err)
	return info
}

// sideRows counts the rows beside a table, by their kind.
func (r *replica) sideRows(table, kind string) int64 {
	r.t.Helper()
	return r.count("SELECT count(*) FROM " + r.reg.byName[table].of(kind))
}

func TestAloneNothingIsKeptOfWhatIsGone(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body UNIQUE)`)
		createTracked(r, `CREATE TABLE pages (id TEXT PRIMARY KEY NOT NULL, body) WITHOUT ROWID`)
	}
	for i := range 30 { // the newest stays, the oldest goes
		for _, table := range []string{"notes", "pages"} {
			a.exec(fmt.Sprintf("INSERT INTO %s VALUES ('k%d', %d)", table, i, i), fmt.Sprintf("UPDATE %s SET body = -%d WHERE id = 'k%d'", table, i+1, i))
			if i > 0 {
				a.exec(fmt.Sprintf("DELETE FROM %s WHERE id = 'k%d'", table, i-1))
			}
		}
	}
	info := a.collectNow()
	if info.Tombstones != 58 || info.Transactions != 118 || info.Ranges != 58 {
		t.Errorf("forgot %+v", info)
	}
	for _, table := range []string{"notes", "pages"} {
		for kind, most := range map[string]int64{kindRange: 1, kindClocks: 0, kindTomb: 0} {
			if n := a.sideRows(table, kind); n > most {
				t.Errorf("%s: %d rows of kind %s are left", table, n, kind)
			}
		}
	}
	if n := a.count("SELECT count(*) FROM alcove_crdt_tx"); n != 0 {
		t.Errorf("%d transactions are left", n)
	}
	must(t, a.Check(t.Context(), nil))
	if info := a.collectNow(); info.any() {
		t.Errorf("with nothing new it forgot %+v", info)
	}
	a.restart()
	a.exec("INSERT INTO notes VALUES ('k3', 'again')", "INSERT INTO notes (rowid, id, body) VALUES (2, 'low', 'number')")
	must(t, a.Check(t.Context(), nil))
	if x := a.stored("notes")["\x03\x02k3"]; x == nil || x.cl != 3 {
		t.Errorf("the next life of a key whose tombstone was collected is %v", x)
	}
	a.collectNow()

	// A second device joins.
	must(t, snapshotTo(t, a, b))
	b.exec("DELETE FROM notes WHERE id = 'k3'", "INSERT INTO notes VALUES ('b', 'of b')")
	a.exec("UPDATE notes SET body = 'late' WHERE id = 'k3'", "DELETE FROM pages")
	settleAll(t, a, b)
	for _, table := range []string{"notes", "pages"} {
		if got, want := strings.Join(b.dump(table), "\n"), strings.Join(a.dump(table), "\n"); got != want || strings.Contains(got, "k3") {
			t.Errorf("%s differs:\n%s\n%s", table, got, want)
		}
	}
	for _, r := range []*replica{a, b} {
		if info := r.collectNow(); info.any() {
			t.Errorf("one of two devices forgot %+v", info)
		}
	}
}

// TestWhoMayNotBeAloneForgetsNothing: there may be somebody who has to hear of
// what was deleted.
func TestWhoMayNotBeAloneForgetsNothing(t *testing.T) {
	for name, meet := range map[string]func(a, b *replica){
		"a snapshot was given out": func(a, _ *replica) {
			_, err := a.Snapshot(t.Context(), new(bytes.Buffer))
			must(t, err)
		},
		"changes were given out": func(a, _ *replica) {
			_, err := a.Changes(t.Context(), nil, new(bytes.Buffer))
			must(t, err)
		},
		"another device told something": func(a, b *replica) {
			b.exec("INSERT INTO notes VALUES ('b', 1)")
			must(t, syncTo(t, b, a))
		},
		"what another device told is held": func(a, b *replica) {
			b.exec("INSERT INTO notes VALUES ('b', 1)")
			must(t, syncTo(t, b, a))
			if n := a.count("SELECT count(*) FROM alcove_crdt_held"); n != 1 {
				t.Errorf("%d are held", n)
			}
		},
		"it was copied": func(a, _ *replica) { must(t, a.NewIncarnation(t.Context())) },
		"it has written nothing yet": func(a, _ *replica) {
			must(t, a.try("DELETE FROM alcove_crdt_tx", "UPDATE alcove_crdt_site SET seen = 0"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := inTurn
			if strings.HasSuffix(name, "held") {
				now = func() time.Time { return inTurn().Add(48 * time.Hour) }
			}
			a, b := newReplica(t), newReplica(t, WithNow(now))
			for _, r := range []*replica{a, b} {
				createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
			}
			a.exec("INSERT INTO notes VALUES ('a', 1)")
			a.exec("DELETE FROM notes WHERE id = 'a'")
			meet(a, b)
			if info := a.collectNow(); info.any() {
				t.Errorf("forgot %+v", info)
			}
			if n := a.sideRows("notes", kindTomb); n != 1 {
				t.Errorf("%d tombstones", n)
			}
		})
	}
}

// TestACopyOfTheFolderIsBehind: a copy that was taken before a collection, and
// was written to since under the same site, has not heard of what went. It must
// not bring that back.
func TestACopyOfTheFolderIsBehind(t *testing.T) {
	a := newReplica(t)
	createTracked(a, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
	a.exec("INSERT INTO notes VALUES ('k', 1), ('l', 1)")
	a.collectNow() // so that the copy has a mark, too
	a.exec("UPDATE notes SET body = 2 WHERE id = 'l'")
	copied := a.copied()
	a.exec("DELETE FROM notes WHERE id = 'k'")
	a.collectNow()
	copied.exec("UPDATE notes SET body = 3 WHERE id = 'l'") // later than all of a
	copied.collectNow()
	must(t, copied.NewIncarnation(t.Context()))
	copied.exec("UPDATE notes SET body = 4 WHERE id = 'k'")
	a.exec("INSERT INTO notes VALUES ('m', 1)") // so that a knows as late a time of its own
	before := strings.Join(a.dump("notes"), "\n")
	for _, way := range [][2]*replica{{copied, a}, {a, copied}} {
		if err := syncTo(t, way[0], way[1]); fault.Code(err) != "crdt.gap" {
			t.Errorf("changes: %v", err)
		}
		if err := snapshotTo(t, way[0], way[1]); fault.Code(err) != "crdt.behind" {
			t.Errorf("a snapshot: %v", err)
		}
	}
	if after := strings.Join(a.dump("notes"), "\n"); after != before {
		t.Errorf("the copy brought something:\n%s\n%s", before, after)
	}
}

// waits is a context that tells when somebody begins to wait for its end.
type waits struct {
	context.Context
	begun chan struct{}
}

func (w waits) Done() <-chan struct{} {
	select {
	case w.begun <- struct{}{}:
	default:
	}
	return w.Context.Done()
}

// TestWhoWaitedForAnotherHearsWhetherThereIsRoom: where nothing was forgotten, a
// call that has reached its storage is not run again, and its app's pages are not
// counted for it.
func TestWhoWaitedForAnotherHearsWhetherThereIsRoom(t *testing.T) {
	for _, gone := range []bool{false, true} {
		a := newReplica(t)
		createTracked(a, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
		for _, ends := range []bool{false, true} { // before the other has
			if gone {
				a.exec("INSERT INTO notes VALUES ('a', 1)")
				a.exec("DELETE FROM notes")
			}
			_, err := a.beginCollecting(t.Context())
			must(t, err)
			own, cancel := context.WithCancel(t.Context())
			ctx := waits{own, make(chan struct{}, 1)}
			some := make(chan bool, 1)
			go func() {
				is, err := a.Reclaim(ctx, testApp)
				some <- is && (err != nil) == ends
			}()
			<-ctx.begun
			a.collectNow()
			end := []func(){a.endCollecting, cancel}
			if ends {
				slices.Reverse(end)
			}
			end[0]()
			if is := <-some; is != gone {
				t.Errorf("something went: %v; heard: %v", gone, is)
			}
			end[1]()
		}
	}
}

// copied copies the vault's folder to a device that then has the same site.
func (r *replica) copied() *replica {
	r.t.Helper()
	must(r.t, r.st.Close())
	c := &replica{t: r.t, dir: r.t.TempDir()}
	data, err := os.ReadFile(filepath.Join(r.dir, store.FileName))
	must(r.t, err)
	must(r.t, os.WriteFile(filepath.Join(c.dir, store.FileName), data, 0o600))
	r.reopen()
	c.reopen()
	return c
}

// reopen opens the store of a replica that is closed.
func (r *replica) reopen() {
	r.t.Helper()
	st, err := store.Open(r.t.Context(), r.dir, testKeys("ada"))
	must(r.t, err)
	r.t.Cleanup(func() { st.Close() })
	r.Engine, err = Open(r.t.Context(), st, WithNow(inTurn))
	must(r.t, err)
}

// TestACollectionThatIsCutShortGoesOn: the horizon is noted, and then the vault
// is locked. What is left to do is known, and a device can join meanwhile.
func TestACollectionThatIsCutShortGoesOn(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
	}
	const rows = 2*collectBatch + 10
	a.exec(fmt.Sprintf("INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d) SELECT 'k' || i, i FROM n", rows))
	a.exec("DELETE FROM notes WHERE body > 10")
	ctx, cancel := context.WithCancel(t.Context())
	c := collection{e: a.Engine, ctx: ctx, told: map[string]int64{}}
	var list []writtenRef
	must(t, c.step(func(tx *store.Tx, reg *registry) (err error) {
		var upto int64
		if upto, list, err = writtenSince(tx, reg); err != nil {
			return err
		}
		return errors.Join(c.note(tx, reg, Vector{reg.sites.ids[reg.sites.self]: upto}), a.renewMark(tx, reg, upto))
	}))
	s := newSweep()
	must(t, c.step(func(tx *store.Tx, reg *registry) error {
		in, err := a.newCollector(tx, reg, reg.byName["notes"], 0)
		must(t, err)
		in.info = &c.info
		if more, err := s.tombs(in); err != nil || !more {
			t.Errorf("more %v, %v", more, err)
		}
		return nil
	}))
	cancel()
	if err := c.table(list[0].tableRef, s, nil); err == nil {
		t.Error("it went on")
	}
	if n := a.sideRows("notes", kindTomb); n != rows-10-collectBatch {
		t.Errorf("%d tombstones are left", n)
	}
	a.restart()
	must(t, a.Check(t.Context(), nil))
	if info := a.collectNow(); info.Tombstones != rows-10-collectBatch {
		t.Errorf("then it forgot %+v", info)
	}
	must(t, snapshotTo(t, a, b))
	if n := b.count("SELECT count(*) FROM notes"); n != 10 {
		t.Errorf("%d rows", n)
	}
}

// TestNoStepOfACollectionIsLarge where transactions are: the outbox holds what was
// inserted, and somebody waits to write.
func TestNoStepOfACollectionIsLarge(t *testing.T) {
	a := newReplica(t)
	createTracked(a, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL)`)
	const large = 5
	for i := range large {
		a.exec(fmt.Sprintf("INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) SELECT %d || '-' || i || hex(zeroblob(400)) FROM n", i))
		a.exec(fmt.Sprintf("DELETE FROM notes WHERE id LIKE '%d-%%'", i))
	}
	left := func() int64 { return a.count("SELECT coalesce(sum(length(data)), 0) FROM alcove_crdt_tx") }
	before, steps := left(), int64(0)
	if before < 2*collectBytes {
		t.Fatalf("only %d bytes are in the outbox", before)
	}
	c := collection{e: a.Engine, ctx: t.Context(), told: map[string]int64{}}
	for more := true; more; steps++ {
		was := left()
		must(t, c.step(func(tx *store.Tx, reg *registry) (err error) {
			more, err = c.forgetSent(tx, reg, math.MaxInt64, map[string]int64{})
			return err
		}))
		if gone := was - left(); gone > 2*collectBytes {
			t.Errorf("%d bytes went at once", gone)
		}
	}
	if left() != 0 || steps < before/(2*collectBytes) {
		t.Errorf("%d bytes are left of %d after %d steps", left(), before, steps)
	}
}

// TestCollectingAloneChangesNothing lets a device live alone and forget whenever
// it wants, beside one that does the same and forgets nothing, and then lets
// others join it.
func TestCollectingAloneChangesNothing(t *testing.T) {
	runs := 4
	if fullTests() {
		runs = 100
	}
	shapes := []flushShape{flushShapes[1], flushShapes[3], flushShapes[4], flushShapes[5]}
	anything := func(r *rand.Rand) string {
		sql, _ := shapes[r.IntN(len(shapes))].randomStatement(r)
		return sql
	}
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		a, twin := newReplica(t), newReplica(t)
		joins := []*replica{newReplica(t), newReplica(t)}
		off := r.IntN(2) == 0
		for _, dev := range append([]*replica{a, twin}, joins...) {
			for _, s := range shapes {
				createTracked(dev, strings.ReplaceAll(s.sql, "b UNIQUE", "b"))
			}
			if off {
				dev.keepNoHistory()
			}
		}
		for range 60 {
			sql := anything(r)
			if first, second := a.try(sql), twin.try(sql); (first == nil) != (second == nil) {
				t.Fatalf("seed %d: %s: %v, %v", seed, sql, first, second)
			}
			if r.IntN(6) == 0 {
				a.collectNow()
				must(t, a.Check(t.Context(), nil))
			}
		}
		same := func(what string, x, y *replica) {
			for _, s := range shapes {
				if got, want := rowsOf(t, x, s.name), rowsOf(t, y, s.name); got != want {
					t.Fatalf("seed %d: %s: %s is\n%s\nand\n%s", seed, what, s.name, got, want)
				}
			}
		}
		same("alone", a, twin)
		all := append([]*replica{a}, joins...)
		for _, dev := range joins {
			must(t, snapshotTo(t, a, dev))
			same("joined", dev, a)
		}
		for range 30 {
			_ = all[r.IntN(3)].try(anything(r))
			_ = all[r.IntN(3)].collectNow()
		}
		settleAll(t, all...)
		same("together", joins[0], a)
		same("together", joins[1], a)
		for _, dev := range append(all, twin) {
			must(t, dev.st.Close())
		}
	}
}
