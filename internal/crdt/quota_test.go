package crdt

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

const (
	smallQuota = 2 << 20
	queueTable = testApp + "queue"
)

// quotaApp is the test's app with a small quota, and a table in which it
// inserts and deletes for ever.
type quotaApp struct {
	*replica
	*store.Confined
	next int
}

func newQuotaApp(t *testing.T) *quotaApp {
	a := &quotaApp{replica: newReplica(t)}
	createTracked(a.replica, "CREATE TABLE "+queueTable+" (id TEXT PRIMARY KEY NOT NULL, body UNIQUE)")
	a.confine()
	return a
}

func (a *quotaApp) confine() {
	a.t.Helper()
	l := store.DefaultLimits()
	l.Storage = smallQuota
	a.Confined = a.st.Confine(store.Rights{Own: testApp, Extension: 1}, l)
	a.t.Cleanup(a.Close)
}

// round inserts rows and deletes those of the last round, in one transaction.
func (a *quotaApp) round() error {
	const rows = 500
	list := []store.Statement{
		{SQL: "INSERT INTO " + queueTable + " WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n LIMIT ?2) SELECT printf('key-%030d', i), printf('body-%030d', i) FROM n", Params: []any{int64(a.next), int64(rows)}},
		{SQL: "DELETE FROM " + queueTable + " WHERE id < printf('key-%030d', ?)", Params: []any{int64(a.next)}},
	}
	_, err := a.Transaction(a.t.Context(), list)
	if err == nil {
		a.next += rows
	}
	return err
}

func (a *quotaApp) fileBytes() int64 {
	a.t.Helper()
	return a.count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
}

// used is what is shown as the app's storage, and what a look at every page says.
func (a *quotaApp) used() (shown, counted int64) {
	a.t.Helper()
	for _, to := range []*int64{&shown, &counted} {
		must(a.t, a.st.View(a.t.Context(), func(tx *sql.Tx) (err error) {
			*to, err = store.StorageUsed(a.t.Context(), tx, 1)
			return err
		}))
		must(a.t, a.st.Recount(a.t.Context(), store.Data{Rights: store.Rights{Own: testApp}, Extension: 1}))
	}
	return shown, counted
}

// TestInsertingAndDeletingForEverEndsAtTheQuota: where others have to hear of
// what was deleted, that is kept and counts.
func TestInsertingAndDeletingForEverEndsAtTheQuota(t *testing.T) {
	a := newQuotaApp(t)
	_, err := a.Snapshot(t.Context(), new(bytes.Buffer)) // another device may have it
	must(t, err)
	empty := a.fileBytes()
	for err = nil; err == nil && a.next < 500_000; {
		err = a.round()
	}
	if fault.Code(err) != "quota.storage" {
		t.Fatalf("after %d rows: %v", a.next, err)
	}
	if n := a.count("SELECT count(*) FROM " + queueTable + fmt.Sprintf(" WHERE id >= printf('key-%%030d', %d)", a.next)); n != 0 {
		t.Errorf("%d rows of the refused transaction are there", n)
	}
	shown, counted := a.used()
	if off := shown - counted; off > smallQuota/20 || off < -smallQuota/20 || counted > smallQuota || counted < smallQuota*8/10 {
		t.Errorf("%d bytes are shown, there are %d", shown, counted)
	}
	took := 0 // that which was shown and is not there
	for range 20 {
		if err = a.round(); err == nil {
			took++
		}
	}
	if fault.Code(err) != "quota.storage" || took > 3 {
		t.Errorf("%d went on: %v", took, err)
	}
	// The history may take its share of the tables, a mebibyte at least.
	if grown := a.fileBytes() - empty; grown > smallQuota+2*minHistory {
		t.Errorf("the file grew by %d bytes", grown)
	}
	a.Close()
	a.restart()
	a.confine()
	for took = 0; took < 20 && a.round() == nil; {
		took++
	}
	if err := a.round(); fault.Code(err) != "quota.storage" || took > 3 {
		t.Errorf("after the vault was opened again, %d went on: %v", took, err)
	}
}

// TestInsertingAndDeletingGoesOnAlone: on the only device, room is made before
// the app is refused.
func TestInsertingAndDeletingGoesOnAlone(t *testing.T) {
	a := newQuotaApp(t)
	empty := a.fileBytes()
	var most int64
	for range 200 {
		if err := a.round(); err != nil {
			t.Fatalf("after %d rows: %v", a.next, err)
		}
		most = max(most, a.fileBytes()-empty)
	}
	if most > smallQuota+2*minHistory {
		t.Errorf("the file grew by %d bytes", most)
	}
	if shown, counted := a.used(); shown > smallQuota || shown-counted > smallQuota/20 || counted-shown > smallQuota/20 {
		t.Errorf("%d bytes are shown, there are %d", shown, counted)
	}
	must(t, a.Check(t.Context(), nil))
}

// TestRewritingIsNotCharged: the history is bounded by itself, so an app that
// rewrites what it has is not refused for it, however much a transaction
// replaces.
func TestRewritingIsNotCharged(t *testing.T) {
	a := newQuotaApp(t)
	empty := a.fileBytes()
	write := func(text string) {
		t.Helper()
		if _, err := a.Execute(t.Context(), store.Statement{SQL: text}); err != nil {
			t.Fatal(err)
		}
	}
	write("INSERT INTO " + queueTable + " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60) SELECT i, NULL FROM n")
	var most int64
	for i := range 40 {
		write(fmt.Sprintf("UPDATE %s SET body = id || printf('%%.10000c', '%c')", queueTable, 'a'+i%20))
		most = max(most, a.fileBytes()-empty)
	}
	if n := a.count("SELECT sum(length(data)) FROM alcove_crdt_history"); n < minHistory/2 || n > minHistory+smallQuota {
		t.Errorf("the history has %d bytes", n)
	}
	if most > 3*smallQuota {
		t.Errorf("the file grew by %d bytes", most)
	}
	if shown, counted := a.used(); shown > smallQuota*8/10 || shown-counted > smallQuota/20 || counted-shown > smallQuota/20 {
		t.Errorf("%d bytes are shown, there are %d", shown, counted)
	}
}

// TestWhoHasNoRoomCanDelete: what is kept of rows that are gone is more than they
// were, and must not keep an app from deleting.
func TestWhoHasNoRoomCanDelete(t *testing.T) {
	a := newQuotaApp(t)
	_, err := a.Snapshot(t.Context(), new(bytes.Buffer)) // another device may have it
	must(t, err)
	small := testApp + "small"
	createTracked(a.replica, "CREATE TABLE "+small+" (id INTEGER PRIMARY KEY) WITHOUT ROWID")
	insert := store.Statement{SQL: "INSERT INTO " + small + " WITH RECURSIVE n(i) AS (SELECT (SELECT count(*) FROM " + small + ") UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i * 1000003 FROM n"}
	more := store.Statement{SQL: "INSERT INTO " + small + " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT -i FROM n"}
	for err = nil; err == nil; {
		_, err = a.Execute(t.Context(), insert)
	}
	if fault.Code(err) != "quota.storage" {
		t.Fatal(err)
	}
	for n := range 10 {
		if _, err := a.Execute(t.Context(), store.Statement{SQL: fmt.Sprintf("DELETE FROM %s WHERE id / 1000003 %% 10 = %d", small, n)}); err != nil {
			t.Errorf("deleting a tenth: %v", err)
		}
		if n > 0 {
			continue
		}
		if _, err := a.Execute(t.Context(), more); fault.Code(err) != "quota.storage" {
			t.Errorf("inserting: %v", err)
		}
	}
	if shown, counted := a.used(); counted > smallQuota {
		t.Errorf("with all gone, %d bytes are shown, and there are %d", shown, counted)
	}
}

// TestAnImportIsCharged with what is kept to sync the rows that it brought.
func TestAnImportIsCharged(t *testing.T) {
	a := newQuotaApp(t)
	data := store.Data{Extension: 1, Rights: store.Rights{Own: testApp}, App: plain.App{Name: "notes"}}
	must(t, a.round())
	must(t, a.round())
	target := filepath.Join(t.TempDir(), "out")
	_, err := a.st.Export(t.Context(), data, target, nil)
	must(t, err)
	files, err := filepath.Glob(filepath.Join(target, "*.sqlite*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	a.exec("DELETE FROM "+queueTable+" WHERE rowid % 2", "UPDATE "+queueTable+" SET body = NULL")
	if _, err := a.st.Import(t.Context(), data, files[0], store.Replace, nil); err != nil {
		t.Fatal(err)
	}
	if shown, counted := a.used(); shown != counted || a.sideRows(queueTable, kindClocks) == 0 {
		t.Errorf("%d bytes are shown, there are %d", shown, counted)
	}
}
