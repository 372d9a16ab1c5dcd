package converge

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/store"
)

// listener keeps what the store tells of the last transaction.
type listener struct {
	tables []store.TableChanges
}

func (l *listener) Flush(_ *store.Tx, c *store.Changes) error {
	for _, t := range c.Tables { // valid only now
		t.Inserted, t.Updated, t.Deleted = slices.Clone(t.Inserted), slices.Clone(t.Updated), slices.Clone(t.Deleted)
		for i := range t.InsertedKeys {
			t.InsertedKeys[i] = slices.Clone(t.InsertedKeys[i])
		}
		for i := range t.Updated {
			t.Updated[i].Key = slices.Clone(t.Updated[i].Key)
		}
		for i := range t.Deleted {
			t.Deleted[i].Key = slices.Clone(t.Deleted[i].Key)
		}
		l.tables = append(l.tables, t)
	}
	return nil
}
func (*listener) Undone() {}
func (*listener) Migrate(*store.Tx, store.MigrationStep) (store.MigrationTracker, error) {
	return nil, nil
}

// What the store says of a transaction is what SQLite did: compared with the
// rows before and after.
func TestCaptureTellsWhatChanged(t *testing.T) {
	series(t, 200, 5_000, func(r *rapid.T, all *tally) {
		dir := folder(r)
		defer os.RemoveAll(dir)
		s := schemas().Draw(r, "schema")
		st, app := plainStore(r, dir, s)
		defer st.Close()
		l := &listener{}
		st.SetTracker(l)
		if err := st.UpdateTx(testContext, func(tx *store.Tx) error { return tx.Track(trackedOf(s)...) }); err != nil {
			r.Fatal(err)
		}
		for range 12 {
			list := transactions(s).Draw(r, "transaction")
			before := rowsOf(r, st, s)
			l.tables = nil
			var texts []store.Statement
			for _, one := range list {
				texts = append(texts, store.Statement{SQL: full(one.sql), Params: one.params})
			}
			_, err := app.Transaction(testContext, texts)
			after := rowsOf(r, st, s)
			if err != nil && len(l.tables) > 0 {
				// Only what fails at the COMMIT itself comes after the flush.
				l.tables = nil
			}
			for i, t := range s.tables {
				c := store.TableChanges{ID: int64(i + 1)}
				for _, told := range l.tables {
					if told.ID == c.ID {
						c = told
					}
				}
				once := len(list) == 1 && list[0].once && !hasParents(s)
				if complaint := compareCapture(t, before[i], after[i], &c, once); complaint != "" {
					r.Fatalf("%v (%v): %s: %s\n%v\ntold %+v", list, err, t.name, complaint, s, c)
				}
			}
		}
		all.add(map[string]int{"transactions": 12})
	})
}

func trackedOf(s *schemaDef) (out []store.Tracked) {
	for i, t := range s.tables {
		tracked := store.Tracked{ID: int64(i + 1), Table: prefix + t.name, Rowid: t.rowid}
		at := t.synced()
		for bit, c := range at {
			tracked.Columns = append(tracked.Columns, store.TrackedColumn{Name: t.columns[c].name, Bit: bit, Collation: t.columns[c].collation})
		}
		for _, k := range t.key {
			tracked.Key = append(tracked.Key, slices.Index(at, k))
		}
		out = append(out, tracked)
	}
	return out
}

// rowsOf reads every table: exact values by what names a row, which is its
// rowid and its key, or its key alone.
func rowsOf(r rapid.TB, st *store.Store, s *schemaDef) (out []map[string][]string) {
	err := st.ViewTx(testContext, func(tx *store.Tx) error {
		for _, t := range s.tables {
			rows := map[string][]string{}
			rid := "0"
			if t.rowid {
				rid = "rowid"
			}
			if err := each(tx, fmt.Sprintf("SELECT %s, %s FROM %s", rid, t.names(t.synced()), quoted(prefix+t.name)), func(q *store.Query) error {
				var values []string
				for i := range t.synced() {
					values = append(values, exact(q, i+1))
				}
				rows[rowName(q.ColumnInt(0), t.keyOf(values))] = values
				return nil
			}); err != nil {
				return err
			}
			out = append(out, rows)
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return out
}

func rowName(rid int64, key string) string { return fmt.Sprintf("%d %x", rid, key) }

// compareCapture returns what is wrong with what was told.
func compareCapture(t *tableDef, before, after map[string][]string, c *store.TableChanges, once bool) string {
	inserted, deleted := map[string]bool{}, map[string]bool{}
	for _, d := range c.Deleted {
		name := rowName(d.Rowid*bit(t.rowid), string(d.Key))
		if before[name] == nil || deleted[name] {
			return "deleted, but was not there: " + name
		}
		deleted[name] = true
	}
	for _, k := range c.InsertedKeys {
		inserted[rowName(0, string(k))] = true
	}
	for i, run := range c.Inserted {
		if run.Lo > run.Hi || i > 0 && c.Inserted[i-1].Hi >= run.Lo-1 {
			return fmt.Sprintf("runs are not merged or not in order: %v", c.Inserted)
		}
		for name := range after {
			var rid int64
			_, _ = fmt.Sscan(name, &rid)
			if run.Lo <= rid && rid <= run.Hi {
				inserted[name] = true
			}
		}
	}
	total := int64(len(c.InsertedKeys))
	for _, run := range c.Inserted {
		total += run.Hi - run.Lo + 1
	}
	if total != int64(len(inserted)) {
		return "something that was inserted is not there"
	}
	updated := map[string]uint64{}
	for _, u := range c.Updated {
		for name := range after {
			if t.rowid && strings.HasPrefix(name, fmt.Sprint(u.Rowid)+" ") || !t.rowid && name == rowName(0, string(u.Key)) {
				updated[name] |= u.Set
			}
		}
	}
	if len(updated) != len(c.Updated) {
		return "something that was updated is not there, or twice"
	}
	for name := range maps.Keys(before) {
		if after[name] == nil && !deleted[name] {
			return "not told deleted: " + name
		}
	}
	for name, values := range after {
		old, was := before[name]
		switch {
		case inserted[name] != (!was || deleted[name]):
			return "inserted or not: " + name
		case inserted[name] && updated[name] != 0:
			return "inserted and updated: " + name
		case inserted[name]:
			continue
		}
		for i, v := range values {
			has := updated[name]&(1<<i) != 0
			if v != old[i] && !has || once && v == old[i] && has {
				return fmt.Sprintf("%s column %d from %s to %s: told %v", name, i, show(old[i]), show(v), has)
			}
		}
	}
	return ""
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
