package vault

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// Vaults written by earlier versions open, hold what was put into them, and go
// on from there.
func TestVaultsOfEarlierVersionsOpen(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(fixtureFolder, "*", "want.json"))
	if err != nil || len(all) == 0 {
		t.Fatal("no fixtures", err)
	}
	fresh, _ := created(t)
	schema := schemaOf(t, fresh)
	for _, path := range all {
		dir := filepath.Dir(path)
		want := readFixture(t, path)
		states, err := filepath.Glob(filepath.Join(dir, "*", store.FileName))
		if err != nil || len(states) == 0 {
			t.Fatal(dir, "is empty", err)
		}
		for _, state := range states {
			state = filepath.Base(filepath.Dir(state))
			t.Run(filepath.Base(dir)+"/"+state, func(t *testing.T) {
				here := filepath.Join(t.TempDir(), "Home")
				copyVault(t, filepath.Join(dir, state), here)

				u := unlocked(t, here, keys.Passphrase([]byte(want.Passphrase)))
				if got := schemaOf(t, u); got != schema {
					t.Errorf("schema %d after opening, %d in a new vault", got, schema)
				}
				checkFixture(t, u, want)
				useFixture(t, u, want)
				if err := u.Lock(); err != nil {
					t.Fatal(err)
				}
				if err := Check(t.Context(), here, keys.Recovery(want.Kit), nil); err != nil {
					t.Errorf("after the next opening, with the kit: %v", err)
				}
			})
		}
	}
}

func schemaOf(t *testing.T, u *Unlocked) (version int) {
	t.Helper()
	err := u.Store.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT max(version) FROM alcove_schema").Scan(&version)
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func readFixture(t *testing.T, path string) (want fixture) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return want
}

func checkFixture(t *testing.T, u *Unlocked, want fixture) {
	t.Helper()
	got := fixture{Passphrase: want.Passphrase, Kit: want.Kit, Tables: map[string][][]string{}, Values: map[string]string{}}
	ctx := t.Context()
	installed, err := u.Extensions.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range installed {
		got.Installed = append(got.Installed, fixtureApp{e.ID, e.Version, e.Hold})
	}
	kept, err := u.Extensions.Kept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range kept {
		got.Kept = append(got.Kept, fixtureApp{ID: e.ID, Version: e.Version})
	}
	id := firstApp(t, want)
	detail, err := u.Extensions.Detail(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range detail.Lines {
		if l.Choosable() {
			got.Grants = append(got.Grants, extension.Choice{Resource: l.Resource, Action: l.Action, Target: l.Target, Decision: l.Decision})
		}
	}
	slices.SortFunc(got.Grants, func(a, b extension.Choice) int { return strings.Compare(a.Resource, b.Resource) })
	for name := range want.Tables {
		got.Tables[name] = quotedRows(t, u, id.Table(name))
	}
	for key := range want.Values {
		got.Values[key] = kvOf(t, u, id, key)
	}
	if got.Idle, err = u.IdleMinutes(ctx); err != nil {
		t.Fatal(err)
	}
	tabs, err := u.Tabs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got.Active = tabs.Active
	for _, l := range detail.Limits {
		if l.Value != l.Default {
			if got.Limits == nil {
				got.Limits = map[string]int64{}
			}
			got.Limits[l.Name] = l.Value
		}
	}
	if want.Moment != 0 {
		got.Ops, got.Moment = opsOf(t, u), want.Moment
		got.Past = pastOf(t, u, id.Table("notes"), want.Moment)
	}
	if want.Host != nil {
		got.Host = fixtureHost(t, u, id, rowOf(t, u, id))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// useFixture starts the app, writes into every table that is tracked and
// removes what another app left.
func useFixture(t *testing.T, u *Unlocked, want fixture) {
	t.Helper()
	ctx := t.Context()
	id := firstApp(t, want)
	if _, err := u.Extensions.Start(ctx, id); err != nil {
		t.Fatal(err)
	}
	execute(t, u, id,
		`UPDATE {notes} SET body = 'changed' WHERE id = 'a'`,
		`INSERT INTO {notes} (id, folder) VALUES ('new', 'inbox')`,
		`DELETE FROM {notes} WHERE id = 'b'`,
		`DELETE FROM {links} WHERE a = 'a'`,
		`INSERT INTO {links} VALUES ('a', 'b', 'BECAUSE')`,
		`UPDATE {folders} SET rank = rank + 1`)
	if got := quotedRows(t, u, id.Table("seen_no_sync")); len(got) != len(want.Tables["seen_no_sync"])+1 {
		t.Errorf("the app's trigger did not run: %v", got)
	}
	gone, err := manifest.ParseID(want.Kept[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Extensions.Remove(ctx, gone, true); err != nil {
		t.Error(err)
	}
	if err := u.check(ctx, func(int64, int64) {}); err != nil {
		t.Error(err)
	}
}

func firstApp(t *testing.T, want fixture) manifest.ID {
	t.Helper()
	id, err := manifest.ParseID(want.Installed[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func quotedRows(t *testing.T, u *Unlocked, table string) (list [][]string) {
	t.Helper()
	err := u.Store.View(t.Context(), func(tx *sql.Tx) error {
		var columns string
		if err := tx.QueryRow(`SELECT group_concat('quote("' || name || '")', ' || char(31) || ') FROM pragma_table_info(?)`, table).Scan(&columns); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT ` + columns + ` FROM "` + table + `" ORDER BY 1`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				return err
			}
			list = append(list, strings.Split(row, "\x1f"))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func kvOf(t *testing.T, u *Unlocked, id manifest.ID, key string) string {
	t.Helper()
	var value []byte
	err := u.Store.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT v.value FROM alcove_kv AS v JOIN alcove_extension AS e ON e.id = v.extension WHERE e.lineage = ? AND e.name = ? AND v.key = ?`,
			id.Lineage[:], id.Name, key).Scan(&value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(value)
}

func writeFixtureValues(t *testing.T, u *Unlocked, id manifest.ID, want fixture) {
	t.Helper()
	err := u.Store.Update(t.Context(), func(tx *sql.Tx) error {
		for key, value := range want.Values {
			_, err := tx.Exec(`INSERT INTO alcove_kv (extension, key, value, updated_at) SELECT id, ?, unhex(?), 1 FROM alcove_extension WHERE lineage = ? AND name = ?`,
				key, value, id.Lineage[:], id.Name)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyVault copies the files of a vault's folder but its lock, which a copy
// need not have.
func copyVault(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range contents(t, from) {
		if name == lockFile {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
