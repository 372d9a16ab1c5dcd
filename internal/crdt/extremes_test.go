package crdt

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// rowOf writes a row of a table whose columns are all of its definition.
func rowOf(t *testing.T, table string, columns string, values ...string) func(w *changesetWriter) {
	d := tableDef{gid: testID(table, ""), app: testApp, key: []keyPart{{0, sqlvalue.Binary}}}
	for _, c := range strings.Fields(columns) {
		d.columns = append(d.columns, testID(table, c))
	}
	var exact []byte
	for _, v := range values {
		exact = append(exact, textOf(v)...)
	}
	return func(w *changesetWriter) {
		_, err := w.define(&d)
		must(t, err)
		must(t, w.row(0, 1, stamp{5, 1, 0}, nil, exact))
	}
}

// TestTheGreatestRowidsEnd: an app chooses rowids, up to the greatest number.
func TestTheGreatestRowidsEnd(t *testing.T) {
	const schema = "CREATE TABLE c (id TEXT PRIMARY KEY NOT NULL, up REFERENCES p (id))"
	begin := func(t *testing.T) *replica {
		r := newReplica(t)
		createTracked(r, "CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL)")
		createTracked(r, schema)
		return r
	}
	soon := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		t.Cleanup(cancel)
		return ctx
	}
	t.Run("child comes", func(t *testing.T) {
		r := begin(t)
		r.exec("INSERT INTO p VALUES ('x')", "INSERT INTO c (rowid, id, up) VALUES (9223372036854775000, 'odd', 'x')")
		_, err := r.Apply(soon(t), bytes.NewReader(craftedBy(t, SiteID{8}, kindLog, rowOf(t, "c", "id up", "k", "x"))), ApplyOptions{})
		if err != nil || r.rows("SELECT count(*) FROM c") != "2" {
			t.Errorf("%v, %s", err, r.rows("SELECT * FROM c"))
		}
	})
	for _, local := range []bool{true, false} {
		r := begin(t)
		_, err := r.apply(craftedBy(t, SiteID{7}, kindLog, rowOf(t, "c", "id up", "k", "x")))
		must(t, err)
		if local {
			err = r.st.UpdateTx(soon(t), func(tx *store.Tx) error {
				return tx.Exec("INSERT INTO p (rowid, id) VALUES (9223372036854775807, 'x')")
			})
		} else {
			r.exec("INSERT INTO p (rowid, id) VALUES (9223372036854775806, 'y')")
			_, err = r.Apply(soon(t), bytes.NewReader(craftedBy(t, SiteID{8}, kindLog, rowOf(t, "p", "id", "x"))), ApplyOptions{})
		}
		if got := r.rows("SELECT id FROM c"); err != nil || got != "k" {
			t.Errorf("parent comes, local %v: %v, %q", local, err, got)
		}
	}
}

func TestNumbersThatLeaveNoRoomAreRefused(t *testing.T) {
	for name, write := range map[string]func(w *changesetWriter) error{
		"generation":          func(w *changesetWriter) error { return w.generation(testApp, maxRemoved+1) },
		"greatest generation": func(w *changesetWriter) error { return w.generation(testApp, math.MaxInt64) },
		"floor":               func(w *changesetWriter) error { return w.floor(testID("n", ""), maxFloor+2) },
	} {
		r := newReplica(t)
		createTracked(r, "CREATE TABLE n (id TEXT PRIMARY KEY NOT NULL, v)")
		_, err := r.apply(crafted(t, kindLog, func(w *changesetWriter) { must(t, write(w)) }))
		if fault.Code(err) != "crdt.malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newReplica(t)
	createTracked(r, "CREATE TABLE n (id TEXT PRIMARY KEY NOT NULL, v)")
	_, err := r.apply(crafted(t, kindLog, func(w *changesetWriter) {
		must(t, w.generation(testApp, maxRemoved))
		must(t, w.floor(testID("n", ""), maxFloor))
	}))
	must(t, err)
	r.exec("INSERT INTO n VALUES ('new', 1)")
	err = r.st.UpdateTx(t.Context(), func(tx *store.Tx) error { return r.removeData(tx, testApp) })
	if fault.Code(err) != "crdt.worn_out" {
		t.Errorf("removing data once more: %v", err)
	}
}

// TestReferencesThatDangleAlreadyAreInNobodysWay: a merge leaves them in tables
// that are not kept in sync.
func TestReferencesThatDangleAlreadyAreInNobodysWay(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL, v)")
	r.exec("CREATE TABLE x_no_sync (up REFERENCES p (id))", "INSERT INTO p VALUES ('a', 1), ('b', 1), ('c', 1)", "INSERT INTO x_no_sync VALUES ('a'), ('c')")
	d := tableDef{gid: testID("p", ""), app: testApp, columns: []GlobalID{testID("p", "id"), testID("p", "v")}, key: []keyPart{{0, sqlvalue.Binary}}}
	_, err := r.apply(craftedBy(t, SiteID{8}, kindLog, func(w *changesetWriter) {
		_, err := w.define(&d)
		must(t, err)
		must(t, w.tomb(0, textOf("a"), tomb{2, stamp{900, 1, 0}}))
	}))
	must(t, err)
	at := r.present()
	r.exec("UPDATE p SET v = 2 WHERE id = 'b'")
	if out, err := r.Restore(t.Context(), Scope{App: testApp}, at); err != nil || out.Updated != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	must(t, r.Purge(t.Context(), testApp, "p", textOf("b"), math.MaxInt64))
	if err := r.Purge(t.Context(), testApp, "p", textOf("c"), math.MaxInt64); fault.Code(err) != "crdt.purge_referenced" {
		t.Errorf("a row that is referred to: %v", err)
	}
}
