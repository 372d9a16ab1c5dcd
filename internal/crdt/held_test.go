package crdt

import (
	"bytes"
	"testing"
	"time"
)

// clockOf is a clock that a test sets, and that steps.
func clockOf(at *time.Time) Option {
	return WithNow(func() time.Time { *at = at.Add(time.Millisecond); return *at })
}

// fromAfar is devices with a table n, one of them far in the future.
func fromAfar(t *testing.T) (day *time.Time, near, other, far *replica) {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	then := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	near, other, far = newReplica(t, clockOf(&now)), newReplica(t, clockOf(&now)), newReplica(t, clockOf(&then))
	for _, r := range []*replica{near, other, far} {
		createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	}
	return &now, near, other, far
}

// A snapshot waits for the latest time that is in it, whoever's that is.
func TestASnapshotWaitsForTheLatestTimeInIt(t *testing.T) {
	day, near, other, far := fromAfar(t)
	far.exec(`INSERT INTO n VALUES ('k', 1)`)
	b, _ := bytesOf(far, 0)
	_, err := other.Apply(t.Context(), bytes.NewReader(b), ApplyOptions{AcceptFuture: true})
	must(t, err)
	var snapshot bytes.Buffer
	_, err = other.Snapshot(t.Context(), &snapshot)
	must(t, err)
	for range 2 {
		r, err := near.apply(snapshot.Bytes())
		if err != nil || !r.Held {
			t.Fatalf("%+v %v", r, err)
		}
	}
	same(t, `SELECT count(*) FROM n`, "0", near)
	if h := near.clock.tick(); Time(h).Year() > 2030 {
		t.Errorf("the clock is in %d", Time(h).Year())
	}
	held, err := near.Held(t.Context())
	if err != nil || len(held) != 1 || held[0].Until.Year() != 2098 {
		t.Errorf("%+v %v", held, err)
	}
	*day = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	reports, err := near.ApplyHeld(t.Context(), false)
	if err != nil || len(reports) != 1 {
		t.Errorf("%+v %v", reports, err)
	}
	same(t, `SELECT * FROM n`, "k 1", near)
}

// What waits and comes from a device that was away for too long goes on waiting,
// and is in nobody's way.
func TestWhatWaitsAndIsBehindIsInNobodysWay(t *testing.T) {
	day, near, other, far := fromAfar(t)
	far.exec(`INSERT INTO n VALUES ('k', 1)`)
	b, _ := bytesOf(far, 0)
	_, err := near.apply(b)
	must(t, err)
	near.exec(`INSERT INTO n VALUES ('l', 2)`)
	v, err := near.Vector(t.Context())
	must(t, err)
	_, err = near.Collect(t.Context(), v)
	must(t, err)
	give(near, other, true)
	*day = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	other.exec(`INSERT INTO n VALUES ('m', 3)`)
	b, _ = bytesOf(other, 0)
	if r, err := near.apply(b); err != nil || r.Duplicate {
		t.Errorf("%+v %v", r, err)
	}
	same(t, `SELECT id FROM n ORDER BY id`, "l\nm", near)
	if held, err := near.Held(t.Context()); err != nil || len(held) != 1 {
		t.Errorf("%+v %v", held, err)
	}
}

// What waits is merged as far as it can be, also if one needs another that has a
// later time.
func TestWhatWaitsIsMergedInTheOrderOfNeed(t *testing.T) {
	_, near, _, far := fromAfar(t)
	then := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	second := newReplica(t, clockOf(&then))
	createTracked(second, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	second.exec(`INSERT INTO n VALUES ('a', 1)`)
	for range 9 {
		far.exec(`INSERT OR REPLACE INTO n VALUES ('k', 1)`)
	}
	one, _ := bytesOf(far, 0)
	_, err := second.apply(one)
	must(t, err)
	two, _ := bytesOf(second, 0)
	for _, b := range [][]byte{one, two} {
		_, err := near.apply(b)
		must(t, err)
	}
	reports, err := near.ApplyHeld(t.Context(), true)
	if err != nil || len(reports) != 2 {
		t.Errorf("%+v %v", reports, err)
	}
	same(t, `SELECT id FROM n ORDER BY id`, "a\nk", near)
}

// All that waits has one bound.
func TestWhatWaitsIsBounded(t *testing.T) {
	_, near, _, far := fromAfar(t)
	near.maxHeld = 2000
	last, refused := int64(0), 0
	for range 20 {
		far.exec(`INSERT INTO n VALUES (hex(randomblob(8)), 1)`)
		b, upto := bytesOf(far, last)
		last = upto
		if _, err := near.apply(b); codeOf(err) == "crdt.too_large" {
			refused++
		} else {
			must(t, err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if n := near.count(`SELECT sum(length(data)) FROM alcove_crdt_held`); n > 2000 {
		t.Errorf("%d bytes wait", n)
	}
}
