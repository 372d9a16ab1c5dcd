//go:build bench

package crdt

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestBenchHistory compares single commits with and without history.
func TestBenchHistory(t *testing.T) {
	devices := [2]*replica{newReplica(t), newReplica(t)}
	for i, r := range devices {
		createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, a, b, c, d, e)")
		must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Off: i == 0}))
		r.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO notes SELECT 'k' || i, i, i, 'text ' || i, i, i FROM n")
	}
	var commits, bulk [2][]time.Duration
	timed := func(into *[2][]time.Duration, text string) {
		for i, r := range devices {
			start := time.Now()
			r.exec(text)
			into[i] = append(into[i], time.Since(start))
		}
	}
	for n := range 2000 {
		timed(&commits, fmt.Sprintf("UPDATE notes SET c = 'other %d' WHERE id = 'k%d'", n, (n*37)%20000+1))
	}
	for n := range 9 {
		timed(&bulk, fmt.Sprintf("UPDATE notes SET b = b + %d", n+1))
	}
	for what, took := range map[string][2][]time.Duration{"one commit": commits, "20,000 rows": bulk} {
		for i := range took {
			slices.Sort(took[i])
		}
		off, on := took[0][len(took[0])/2], took[1][len(took[1])/2]
		t.Logf("%s: %v, with history %v, %.2f", what, off, on, float64(on)/float64(off))
	}
	t.Log(devices[1].rows("SELECT sum(length(data)), count(*) FROM alcove_crdt_history"))
}
