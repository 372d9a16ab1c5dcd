package converge

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// The model's judgement of constraints must be SQLite's: of rows that SQLite
// has accepted in one table, none is hidden. And most of the random statements
// must be statements that SQLite runs, or they test little.
func TestSQLiteAcceptsNothingThatTheModelHides(t *testing.T) {
	all := series(t, 100, 2_000, func(r *rapid.T, all *tally) {
		counts := map[string]int{}
		dir := folder(r)
		defer os.RemoveAll(dir)
		s := schemas().Draw(r, "schema")
		st, app := plainStore(r, dir, s)
		defer st.Close()
		for range 10 {
			for _, one := range transactions(s).Draw(r, "transaction") {
				_, err := app.Execute(testContext, store.Statement{SQL: full(one.sql), Params: one.params})
				if err == nil {
					counts["accepted"]++
					continue
				}
				counts[fault.Code(err)]++
				if code := fault.Code(err); code != "db.constraint" && !allowedRefusal(err) {
					r.Fatalf("%v: %v", one, err)
				}
			}
		}
		// REPLACE in a table that refers to itself with SET NULL leaves orphans
		// behind: a fault of SQLite's. A device must hide them like others.
		orphans, err := hasOrphans(st)
		if err != nil {
			r.Fatal(err)
		}
		if !orphans {
			checkAllSeen(r, s, app)
		}
		all.add(counts)
	})
	if good, refused := all.counts["accepted"], all.counts["db.constraint"]+all.counts["db.syntax"]; good < refused {
		t.Errorf("of the statements %d were accepted, %d refused", good, refused)
	}
}

func hasOrphans(st *store.Store) (found bool, err error) {
	err = st.ViewTx(testContext, func(tx *store.Tx) error {
		return each(tx, "PRAGMA foreign_key_check", func(*store.Query) error {
			found = true
			return nil
		})
	})
	return found, err
}

func allowedRefusal(err error) bool {
	return fault.Code(err) == "db.syntax" // of the statements that are wrong on purpose
}

func plainStore(r rapid.TB, dir string, s *schemaDef) (*store.Store, *store.Confined) {
	empty, err := os.ReadFile(filepath.Join(emptyVault(r), store.FileName))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, store.FileName), empty, 0o600)
	}
	var st *store.Store
	if err == nil {
		st, err = store.Open(testContext, dir, keys{}, store.WithCache(1<<20))
	}
	if err != nil {
		r.Fatal(err)
	}
	for i, text := range s.sql() {
		text = full(text)
		if _, err := st.Migrate(testContext, nil, extension+int64(i), store.Rights{Own: prefix},
			[]store.Migration{{Name: "0001", SQL: text, Hash: sha256.Sum256([]byte(text))}}, store.MigrateOptions{}); err != nil {
			r.Fatalf("%s: %v", text, err)
		}
	}
	return st, st.Confine(store.Rights{Own: prefix}, store.DefaultLimits())
}

// checkAllSeen makes a state of the rows that are there and asks the model.
func checkAllSeen(r *rapid.T, s *schemaDef, app *store.Confined) {
	tables, state := map[string]trackedTable{}, model.State{}
	for i, t := range s.tables {
		table := trackedTable{id: model.ID{byte(i + 1)}}
		for n, c := range t.synced() {
			table.columns = append(table.columns, trackedColumn{id: model.ID{0, byte(n + 1)}, name: t.columns[c].name})
		}
		tables[t.name] = table
		got, err := app.Query(testContext, store.Statement{SQL: full(fmt.Sprintf("SELECT %s FROM {%s}", t.names(t.synced()), t.name))})
		if err != nil {
			r.Fatal(err)
		}
		state[table.id] = model.Table{}
		for n, values := range got.Rows {
			row := model.Row{Life: 1, Stamp: model.Stamp{H: int64(n)}, Cells: map[model.ID]model.Cell{}}
			var exact []string
			for j, v := range values {
				exact = append(exact, string(sqlvalue.Append(nil, sqlvalue.Of(v))))
				row.Cells[table.columns[j].id] = model.Cell{Value: exact[j]}
			}
			if _, twice := state[table.id][t.keyOf(exact)]; twice {
				r.Fatalf("two rows of %s have the key %q", t.name, t.keyOf(exact))
			}
			state[table.id][t.keyOf(exact)] = row
		}
	}
	for i, seen := range model.Visible(state, shapeOf(s, tables)) {
		for _, values := range seen.Hidden {
			r.Errorf("%s: SQLite has %q, the model hides it\n%v", s.tables[i].name, values, s.sql())
		}
	}
}
