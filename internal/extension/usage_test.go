package extension_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// TestWhatIsForgottenIsNotShownAsStorage: an app is charged with what is kept of
// rows that are gone, and no longer when that is.
func TestWhatIsForgottenIsNotShownAsStorage(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	run := v.start(id)
	rights := store.Rights{Own: id.TablePrefix(), Extension: run.Row}
	app := v.st.Confine(rights, store.DefaultLimits())
	defer app.Close()
	for _, text := range []string{
		`INSERT INTO {notes} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT printf('a key of a row %d', i), 'x' FROM n`,
		`DELETE FROM {notes}`,
	} {
		if _, err := app.Execute(t.Context(), store.Statement{SQL: notes(id, text)}); err != nil {
			t.Fatal(err)
		}
	}
	shown := func() int64 {
		t.Helper()
		used, err := v.StorageUsed(t.Context(), run.Row)
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	if n := shown(); n < 20_000*40 {
		t.Errorf("%d bytes are shown while 20,000 rows are remembered", n)
	}
	if info, err := v.engine.CollectAlone(t.Context()); err != nil || info.Tombstones != 20_000 {
		t.Fatalf("%+v, %v", info, err)
	}
	forgotten := shown()
	if err := v.st.Recount(t.Context(), store.Data{Rights: rights, Extension: run.Row}); err != nil {
		t.Fatal(err)
	}
	if n := shown(); forgotten > 100_000 || forgotten-n > 40_000 || n-forgotten > 40_000 {
		t.Errorf("%d bytes are shown when all is forgotten, there are %d", forgotten, n)
	}
}
