package crdt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestHistoryCanBeSwitchedOff(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', 1)")
	r.exec("UPDATE notes SET body = 2")
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Off: true}))
	r.exec("UPDATE notes SET body = 3")
	if got := r.rows("SELECT count(*) FROM alcove_crdt_history"); got != "0" {
		t.Errorf("%s rows of history", got)
	}
	none := func(*PastRow) error { return nil }
	if err := r.At(t.Context(), testApp, r.present(), "", nil, none); fault.Code(err) != "crdt.history_gone" {
		t.Errorf("switched off: %v", err)
	}
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Days: 7}))
	b, oldest, err := r.History(t.Context(), testApp)
	if err != nil || b != (HistoryBounds{Days: 7, Share: 20}) {
		t.Errorf("%+v, %v", b, err)
	}
	if err := r.At(t.Context(), testApp, oldest-1, "", nil, none); fault.Code(err) != "crdt.history_gone" {
		t.Errorf("before it began: %v", err)
	}
	r.restart()
	r.exec("UPDATE notes SET body = 4")
	if got := r.dumpAt("notes", oldest); !slices.Equal(got, r.rowsOf("VALUES ('a', 3)", 2)) {
		t.Errorf("when it began: %q", got)
	}
}

func TestHistoryIsForgottenAfterItsDays(t *testing.T) {
	clock := time.UnixMilli(1_700_000_000_000)
	r := newReplica(t, WithNow(func() time.Time { return clock }))
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', 0)")
	var then []int64
	for i := range 10 {
		clock = clock.Add(24 * time.Hour)
		r.exec(fmt.Sprintf("UPDATE notes SET body = %d", i+1))
		then = append(then, r.present())
	}
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Days: 5}))
	_, err := r.Collect(t.Context(), nil)
	must(t, err)
	for i, h := range then {
		err := r.At(t.Context(), testApp, h, "", nil, func(row *PastRow) error {
			if row.Values[1] != int64(i+1) {
				t.Errorf("day %d: %v", i, row.Values)
			}
			return nil
		})
		if gone := fault.Code(err) == "crdt.history_gone"; gone != (i < 4) || !gone && err != nil {
			t.Errorf("day %d: %v", i, err)
		}
	}
}

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

func TestMomentsAreListedNewestFirst(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	createTracked(r, "CREATE TABLE tags (id TEXT PRIMARY KEY NOT NULL)")
	r.exec("INSERT INTO notes VALUES ('a', 0), ('b', 0)", "INSERT INTO tags VALUES ('x')")
	r.exec("UPDATE notes SET body = 1 WHERE id = 'a'")
	r.exec("DELETE FROM notes WHERE id = 'b'", "INSERT INTO notes VALUES ('c', 0)")
	var got []string
	before := int64(0)
	for {
		page, err := r.Moments(t.Context(), testApp, before, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			got = append(got, fmt.Sprint(m.Tables))
			before = m.Moment
		}
	}
	if want := []string{"[{notes 1 0 1}]", "[{notes 0 1 0}]", "[{notes 2 0 0} {tags 1 0 0}]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnUpdateCanBePutBack(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', 'before')")
	must(t, r.st.UpdateTx(t.Context(), func(tx *store.Tx) error { return r.MarkUpdate(tx, testApp, "1.0.0") }))
	r.exec("UPDATE notes SET body = 'spoiled'", "INSERT INTO notes VALUES ('b', 'new')")
	marks, err := r.Marks(t.Context(), testApp)
	if err != nil || len(marks) != 1 || marks[0].Version != "1.0.0" {
		t.Fatalf("%v, %v", marks, err)
	}
	_, err = r.Restore(t.Context(), Scope{App: testApp}, marks[0].Moment)
	must(t, err)
	same(t, "SELECT id, body FROM notes", "a before", r)
}
