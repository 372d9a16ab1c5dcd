package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// sync lets b have all that a changed itself.
func syncTo(t testing.TB, a, b *replica) error {
	t.Helper()
	v, err := b.Vector(t.Context())
	must(t, err)
	var buf bytes.Buffer
	if _, err := a.Changes(t.Context(), v, &buf); err != nil {
		return err
	}
	if buf.Len() == 0 {
		return nil
	}
	_, err = b.Apply(t.Context(), &buf, ApplyOptions{})
	return err
}

// snapshotTo lets b have all that a has.
func snapshotTo(t testing.TB, a, b *replica) error {
	t.Helper()
	var buf bytes.Buffer
	_, err := a.Snapshot(t.Context(), &buf)
	must(t, err)
	_, err = b.Apply(t.Context(), &buf, ApplyOptions{})
	return err
}

// settleAll lets all devices meet until nobody has anything new. Two who have
// seen each other's latest changes depend on each other: a third one gets
// everything of one of them.
func settleAll(t testing.TB, all ...*replica) {
	t.Helper()
	for range 3 {
		for _, a := range all {
			for _, b := range all {
				if a == b {
					continue
				}
				err := syncTo(t, a, b)
				if code := fault.Code(err); code == "crdt.gap" || code == "crdt.collected" {
					err = snapshotTo(t, a, b)
				}
				must(t, err)
			}
		}
	}
}

// count is the number that a query returns.
func (r *replica) count(query string) (n int64) {
	r.t.Helper()
	must(r.t, r.st.ViewTx(r.t.Context(), func(tx *store.Tx) (err error) {
		n, _, err = oneInt(tx, query)
		return err
	}))
	return n
}

// keepNoHistory lets no old values be kept of the test's app.
func (r *replica) keepNoHistory() {
	r.t.Helper()
	r.exec("INSERT INTO alcove_crdt_history_app (prefix, flags) VALUES ('" + testApp + "', 1) ON CONFLICT DO UPDATE SET flags = 1")
	r.restart()
}

// horizon is what all of the devices have seen.
func horizon(t testing.TB, all ...*replica) Vector {
	t.Helper()
	var h Vector
	for _, r := range all {
		v, err := r.Vector(t.Context())
		must(t, err)
		if h == nil {
			h = v
		}
		for id := range h {
			h[id] = min(h[id], v[id])
		}
	}
	return h
}

func TestCollectForgetsWhatIsBelowTheHorizon(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body, more)`)
		r.keepNoHistory()
	}
	for i := range 20 {
		a.exec(fmt.Sprintf("INSERT INTO notes VALUES ('a%02d', 1, 1)", i))
	}
	settleAll(t, a, b)
	b.exec("UPDATE notes SET body = 2 WHERE id < 'a10'", "DELETE FROM notes WHERE id = 'a19'")
	settleAll(t, a, b)
	b.exec("UPDATE notes SET more = 3 WHERE id = 'a00'")
	h := horizon(t, a, b)
	before := a.stored("notes")
	info, err := a.Collect(t.Context(), h)
	must(t, err)
	if info.Transactions != 20 || info.Tombstones != 1 || info.Cells != 10 || info.Ranges == 0 {
		t.Errorf("forgot %+v", info)
	}
	id := a.reg.byName["notes"].id
	for kind, want := range map[string]int64{"r": 1, "o": 0, "d": 0} {
		if n := a.count(fmt.Sprintf("SELECT count(*) FROM alcove_crdt_%s_%d", kind, id)); n != want {
			t.Errorf("%d rows of kind %s, want %d", n, kind, want)
		}
	}
	for k, x := range a.stored("notes") {
		for i, v := range x.values {
			if before[k].values[i] != v || x.stampOf(i).Compare(before[k].stampOf(i)) > 0 {
				t.Errorf("key %q: %v became %v", k, before[k], x)
			}
		}
	}
	if v, err := a.Vector(t.Context()); err != nil || v[a.Self()] != h[a.Self()] {
		t.Errorf("the vector became %v: %v", v, err)
	}
	if _, err := a.Changes(t.Context(), nil, new(bytes.Buffer)); fault.Code(err) != "crdt.collected" {
		t.Errorf("changes from before: %v", err)
	}
	a.restart()
	settleAll(t, a, b)
	a.exec("INSERT INTO notes VALUES ('a19', 9, 9)", "UPDATE notes SET body = 9 WHERE id = 'a00'")
	if x := a.stored("notes")["\x03\x03a19"]; x == nil || x.cl != 3 {
		t.Errorf("the next life of a key whose tombstone was collected is %v", x)
	}
	settleAll(t, a, b)
	if n := b.count("SELECT count(*) FROM notes WHERE body = 9"); n != 2 {
		t.Errorf("%d rows came to the device that did not collect", n)
	}
}

func TestCollectRefusesWhatThisDeviceHasNotSeen(t *testing.T) {
	a := newReplica(t)
	if _, err := a.Collect(t.Context(), Vector{SiteID{9}: 5}); fault.Code(err) != "crdt.horizon" {
		t.Fatal(err)
	}
}

func TestWhoWasAwayForTooLongIsTold(t *testing.T) {
	a, away, fresh := newReplica(t), newReplica(t), newReplica(t)
	for _, r := range []*replica{a, away, fresh} {
		createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
	}
	a.exec("INSERT INTO notes VALUES ('k', 1), ('l', 1)")
	settleAll(t, a, away)
	a.exec("DELETE FROM notes WHERE id = 'k'")
	away.exec("UPDATE notes SET body = 2 WHERE id = 'k'")
	_, err := a.Collect(t.Context(), Vector{a.Self(): horizon(t, a)[a.Self()]}) // without the one that is away
	must(t, err)
	if err := syncTo(t, away, a); fault.Code(err) != "crdt.behind" {
		t.Errorf("what it sends: %v", err)
	}
	if err := snapshotTo(t, away, a); fault.Code(err) != "crdt.behind" {
		t.Errorf("all that it has: %v", err)
	}
	if err := snapshotTo(t, a, away); fault.Code(err) != "crdt.behind" {
		t.Errorf("what it is sent: %v", err)
	}
	if n := a.count("SELECT count(*) FROM notes"); n != 1 {
		t.Errorf("%d rows", n)
	}
	must(t, snapshotTo(t, a, fresh))
	if err := syncTo(t, away, fresh); fault.Code(err) != "crdt.behind" {
		t.Errorf("what it sends to one that began with a snapshot: %v", err)
	}
	fresh.exec("INSERT INTO notes VALUES ('k', 3)")
	if x := fresh.stored("notes")["\x03\x01k"]; x == nil || x.cl != 3 {
		t.Errorf("a life of a key whose tombstone was collected elsewhere is %v", x)
	}
}

// TestCollectChangesNothingForThoseWhoObey lets devices write, meet in part, and
// forget whenever they may, and compares them with the same devices that forget
// nothing.
func TestCollectChangesNothingForThoseWhoObey(t *testing.T) {
	runs := 4
	if fullTests() {
		runs = 150
	}
	for seed := range runs {
		collectRun(t, uint64(seed))
	}
}

func collectRun(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	shapes := []flushShape{flushShapes[1], flushShapes[3], flushShapes[4], flushShapes[5]}
	all := []*replica{newReplica(t), newReplica(t), newReplica(t)}
	for _, dev := range all {
		for _, s := range shapes {
			createTracked(dev, strings.ReplaceAll(s.sql, "b UNIQUE", "b"))
		}
		if r.IntN(2) == 0 {
			dev.keepNoHistory()
		}
	}
	var agreed, after Vector // a horizon, and what must be seen to use it
	for step := range 80 {
		a, b := all[r.IntN(3)], all[r.IntN(3)]
		switch n := r.IntN(12); {
		case n < 6:
			s := shapes[r.IntN(len(shapes))]
			sql, _ := s.randomStatement(r)
			_ = a.try(sql)
		case n < 9 && a != b:
			if err := syncTo(t, a, b); err != nil && fault.Code(err) != "crdt.gap" {
				t.Fatalf("seed %d step %d: %v", seed, step, err)
			}
		case n == 9 && a != b:
			if err := snapshotTo(t, a, b); err != nil {
				t.Fatalf("seed %d step %d: %v", seed, step, err)
			}
		case n == 10:
			agreed, after = horizon(t, all...), Vector{}
			for _, dev := range all {
				v, err := dev.Vector(t.Context())
				must(t, err)
				for id, h := range v {
					after[id] = max(after[id], h)
				}
			}
		case agreed != nil:
			v, err := a.Vector(t.Context())
			must(t, err)
			may := true
			for id, h := range after {
				may = may && v[id] >= h
			}
			if may {
				_, err := a.Collect(t.Context(), agreed)
				must(t, err)
			}
		}
	}
	settleAll(t, all...)
	for _, s := range shapes {
		want := rowsOf(t, all[0], s.name)
		for i, dev := range all[1:] {
			if got := rowsOf(t, dev, s.name); got != want {
				t.Fatalf("seed %d: %s is\n%s\nhere and on device %d\n%s", seed, s.name, want, i+1, got)
			}
		}
	}
	for _, dev := range all {
		must(t, dev.st.Close())
	}
}

// rowsOf lists the rows of a table in the order of their keys.
func rowsOf(t testing.TB, dev *replica, name string) string {
	t.Helper()
	var lines []string
	must(t, dev.st.ViewTx(t.Context(), func(tx *store.Tx) error {
		q := tx.Query("SELECT * FROM " + name + " ORDER BY id, a, b")
		for q.Step() {
			lines = append(lines, fmt.Sprint(q.ColumnValue(0), q.ColumnValue(1), q.ColumnValue(2)))
		}
		return q.Err()
	}))
	return strings.Join(lines, "\n")
}
