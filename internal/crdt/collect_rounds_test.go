package crdt

import (
	"context"
	"fmt"
	"testing"
)

// soon is a context that ends after it was asked so often whether it has.
type soon struct {
	context.Context
	left int
}

func (s *soon) Err() error {
	if s.left--; s.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestALargeTableHoldsUpNoOther: what collecting in it takes is more than there
// is time for, and it is written without end.
func TestALargeTableHoldsUpNoOther(t *testing.T) {
	a := newReplica(t)
	const (
		rows  = 20 * collectBatch
		asked = 60 // large alone takes about 100
	)
	createTracked(a, "CREATE TABLE large (id INTEGER PRIMARY KEY, body UNIQUE)")
	createTracked(a, "CREATE TABLE larger (id INTEGER PRIMARY KEY, body UNIQUE)")
	createTrackedIn(a, "cd__other__", "CREATE TABLE small (id TEXT PRIMARY KEY NOT NULL)")
	for _, table := range []string{"large", "larger"} { // every other row has clocks of its own, and keeps them
		for odd := range 2 {
			a.exec(fmt.Sprintf("INSERT INTO %s WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 2 FROM n LIMIT %d) SELECT i, i FROM n", table, odd, rows/2))
		}
	}
	if n := a.sideRows("large", kindClocks); n != rows/2 {
		t.Fatalf("%d rows have clocks of their own", n)
	}
	for i := range 40 {
		a.exec(fmt.Sprintf("UPDATE large SET body = -body - 1 WHERE id = %d", i), fmt.Sprintf("UPDATE larger SET body = -body - 1 WHERE id = %d", i))
		a.exec(fmt.Sprintf("INSERT INTO small VALUES (%d)", i))
		a.exec(fmt.Sprintf("DELETE FROM small WHERE id = '%d'", i))
		_, _ = a.collectAlone(&soon{t.Context(), asked}, "cd__other__", enough{1, 1})
		if n := a.sideRows("small", kindTomb); n > 1 {
			t.Fatalf("%d tombstones are left of the app that asked", n)
		}
	}
	if n := a.count("SELECT count(*) FROM alcove_crdt_tx"); n > 40 {
		t.Errorf("%d of 160 transactions are left in the outbox", n)
	}
	must(t, a.Check(t.Context(), nil))
	a.collectNow()
	if n := a.count("SELECT count(*) FROM alcove_crdt_tx"); n != 0 {
		t.Errorf("%d transactions are left in the outbox", n)
	}
}
