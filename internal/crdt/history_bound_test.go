package crdt

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestNarrowerBoundsHoldAtOnce: what is beyond them is not there any more, and
// what is within them can still be told.
func TestNarrowerBoundsHoldAtOnce(t *testing.T) {
	clock := time.UnixMilli(1_700_000_000_000)
	r := newReplica(t, WithNow(func() time.Time { return clock }))
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', 'start')")
	var then []int64
	for i := range 10 {
		clock = clock.Add(24 * time.Hour)
		r.exec(fmt.Sprintf("UPDATE notes SET body = '%d %s'", i, strings.Repeat("x", 100_000)))
		then = append(then, r.present())
	}
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Days: 3}))
	must(t, r.BoundHistory(t.Context(), testApp))
	if size, err := r.HistorySize(t.Context(), testApp); err != nil || size < 200_000 || size > 400_000 {
		t.Errorf("%d bytes are kept, %v", size, err)
	}
	for i, h := range then {
		_, err := r.Difference(t.Context(), Scope{App: testApp}, h)
		if gone := fault.Code(err) == "crdt.history_gone"; gone && i > 5 || !gone && i < 5 || !gone && err != nil {
			t.Errorf("day %d: %v", i, err)
		}
	}
	_, err := r.Restore(t.Context(), Scope{App: testApp}, then[7])
	must(t, err)
	if got := r.rows("SELECT substr(body, 1, 2) FROM notes"); got != "7 " {
		t.Errorf("put back: %q", got)
	}
}
