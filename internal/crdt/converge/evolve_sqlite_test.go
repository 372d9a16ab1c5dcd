package converge

import (
	"crypto/sha256"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// The random migrations are ones that SQLite runs, and leave the tables that
// they say. Only the rows may stand in their way.
func TestRandomMigrationsMakeWhatTheySay(t *testing.T) {
	series(t, 100, 2_000, func(r *rapid.T, all *tally) {
		counts := map[string]int{}
		dir := folder(r)
		defer os.RemoveAll(dir)
		s := schemas().Draw(r, "schema")
		st, app := plainStore(r, dir, s)
		defer st.Close()
		for n := range 4 {
			for _, one := range transactions(s).Draw(r, "transaction") {
				if _, err := app.Execute(testContext, store.Statement{SQL: full(one.sql), Params: one.params}); err != nil && fault.Code(err) != "db.constraint" && !allowedRefusal(err) {
					r.Fatalf("%v: %v", one, err)
				}
			}
			e := drawEvolution(r, s, n)
			text := full(e.text)
			_, err := st.Migrate(testContext, nil, extension+100+int64(n), store.Rights{Own: prefix},
				[]store.Migration{{Name: e.name, SQL: text, Hash: sha256.Sum256([]byte(text))}}, store.MigrateOptions{})
			if err != nil {
				if !strings.Contains(err.Error(), "db.constraint") && !strings.Contains(strings.ToLower(err.Error()), "foreign") {
					r.Fatalf("%s\n%s: %v", s, e.text, err)
				}
				counts["refused"]++
				continue
			}
			counts["run"]++
			s = e.schema
		}
		if orphans, err := hasOrphans(st); err != nil {
			r.Fatal(err)
		} else if !orphans {
			checkAllSeen(r, s, app)
		}
		all.add(counts)
	})
}
