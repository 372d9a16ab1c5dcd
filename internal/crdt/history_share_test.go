package crdt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// TestHistoryIsAShareOfTheAppsOwnData: what else is in the vault gives an app's
// history no more room.
func TestHistoryIsAShareOfTheAppsOwnData(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	must(t, r.st.UpdateTx(t.Context(), func(tx *store.Tx) error {
		return tx.Exec("CREATE TABLE other (x); INSERT INTO other VALUES (zeroblob(40000000))")
	}))
	r.exec("INSERT INTO notes VALUES ('a', 0)")
	for i := range 80 {
		r.exec(fmt.Sprintf("UPDATE notes SET body = %d || printf('%%.50000c', 'x')", i))
	}
	size := r.rows("SELECT CAST(total(length(data)) AS INTEGER) FROM alcove_crdt_history")
	var n int
	fmt.Sscan(size, &n)
	if n < minHistory/2 || n > minHistory+4*trimEvery {
		t.Errorf("the history has %d bytes", n)
	}
}

// TestRestoreLeavesNoReferenceToNothing: a table that is not kept in sync may
// refer to a row that going back would take away.
func TestRestoreLeavesNoReferenceToNothing(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	must(t, r.st.UpdateTx(t.Context(), func(tx *store.Tx) error {
		return tx.Exec("CREATE TABLE open_no_sync (id TEXT PRIMARY KEY, note REFERENCES notes (id))")
	}))
	before := r.present()
	r.exec("INSERT INTO notes VALUES ('a', 1)", "INSERT INTO open_no_sync VALUES ('o', 'a')")
	out, err := r.Restore(t.Context(), Scope{App: testApp}, before)
	if fault.Code(err) != "crdt.restore_conflict" || len(out.Conflicts) != 1 || out.Conflicts[0].Why != "foreign" {
		t.Errorf("%+v, %v", out, err)
	}
	if got := strings.Join(r.dump("notes"), ""); got == "" {
		t.Error("the row is gone")
	}
	r.exec("DELETE FROM open_no_sync")
	if _, err := r.Restore(t.Context(), Scope{App: testApp}, before); err != nil {
		t.Error(err)
	}
}
