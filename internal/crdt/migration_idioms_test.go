package crdt

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// What published apps do in migrations, with content and clocks.
func TestIdiomsOfMigrations(t *testing.T) {
	const parent, child = "CREATE TABLE {p} (id TEXT PRIMARY KEY NOT NULL, n INTEGER DEFAULT (abs(-3)), u TEXT UNIQUE);",
		"CREATE TABLE {c} (id TEXT PRIMARY KEY NOT NULL, p TEXT REFERENCES {p} (id) ON DELETE CASCADE ON UPDATE CASCADE);"
	fill := []string{"INSERT INTO {p} (id, u) VALUES ('a', 'A'), ('b', 'B')", "INSERT INTO {c} VALUES ('1', 'a'), ('2', 'b'), ('3', 'a')"}
	for name, tt := range map[string]struct {
		text string
		p, c states
	}{
		"cascade of a deletion": {
			"DELETE FROM {p} WHERE id = 'a'",
			states{"b": "1 sa id=b n=3 u=B"},
			states{"2": "1 sa id=2 p=b"},
		},
		"cascade of a changed key": {
			"UPDATE {p} SET id = 'z' WHERE id = 'a'",
			states{"b": "1 sa id=b n=3 u=B", "z": "1 r2 id=z n=3 u=A"},
			states{"1": "1 sa id=1 p=z@sa.2", "2": "1 sa id=2 p=b", "3": "1 sa id=3 p=z@sa.2"},
		},
		"rebuilt parent": {
			`PRAGMA foreign_keys=OFF; CREATE TABLE {__new_p} (id TEXT PRIMARY KEY NOT NULL, u TEXT UNIQUE, n INTEGER NOT NULL DEFAULT 9);
			INSERT INTO {__new_p} (id, u, n) SELECT id, u, n FROM {p}; DROP TABLE {p}; ALTER TABLE {__new_p} RENAME TO {p}; PRAGMA foreign_keys=ON`,
			states{"a": "1 sa id=a n=3 u=A", "b": "1 sa id=b n=3 u=B"},
			states{"1": "1 sa id=1 p=a", "2": "1 sa id=2 p=b", "3": "1 sa id=3 p=a"},
		},
		"an app's trigger": {
			`CREATE TRIGGER {tr} AFTER UPDATE ON {p} BEGIN UPDATE {c} SET p = NULL WHERE p = NEW.id; END;
			UPDATE {p} SET n = 4 WHERE id = 'b'; DROP TRIGGER {tr}`,
			states{"a": "1 sa id=a n=3 u=A", "b": "1 sa id=b n=4@sa.2 u=B"},
			states{"1": "1 sa id=1 p=a", "2": "1 sa id=2 p=<nil>@sa.2", "3": "1 sa id=3 p=a"},
		},
		"a view and its trigger": {
			`CREATE VIEW {v} AS SELECT id FROM {p}; CREATE TRIGGER {tr} INSTEAD OF INSERT ON {v} BEGIN INSERT INTO {p} (id) VALUES (NEW.id); END;
			INSERT INTO {v} VALUES ('n'); ALTER TABLE {p} RENAME COLUMN u TO w; ALTER TABLE {p} ADD COLUMN x AS (n * 2)`,
			states{"a": "1 sa id=a n=3 w=A", "b": "1 sa id=b n=3 w=B", "n": "1 r2 id=n n=3 w=<nil>"},
			states{"1": "1 sa id=1 p=a", "2": "1 sa id=2 p=b", "3": "1 sa id=3 p=a"},
		},
		"upserts and REPLACE": {
			`INSERT INTO {p} (id, n) VALUES ('a', 8) ON CONFLICT DO UPDATE SET n = excluded.n; INSERT OR REPLACE INTO {p} (id, n, u) VALUES ('c', 1, 'B')`,
			states{"a": "1 sa id=a n=8@sa.2 u=A", "c": "1 r2 id=c n=1 u=B"},
			states{"1": "1 sa id=1 p=a", "3": "1 sa id=3 p=a"},
		},
		"nothing really": {
			"UPDATE {p} SET n = n, u = u; DELETE FROM {c} WHERE 0; CREATE UNIQUE INDEX {i} ON {p} (u, n); DROP INDEX {i}",
			states{"a": "1 sa id=a n=3 u=A", "b": "1 sa id=b n=3 u=B"},
			states{"1": "1 sa id=1 p=a", "2": "1 sa id=2 p=b", "3": "1 sa id=3 p=a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMigrated(t, parent+child)
			m.do(fill...)
			m.migrate(tt.text)
			m.check("p", tt.p)
			m.check("c", tt.c)
			m.restart()
			must(t, m.Check(t.Context(), nil))
			m.do("UPDATE {c} SET p = NULL") // and it is captured again
			for key, value := range m.column("c", "p") {
				if value != "<nil>" {
					t.Errorf("%s=%s", key, value)
				}
			}
			must(t, m.Check(t.Context(), nil))
		})
	}
}

func TestRefusedMigrationLeavesTrackingAsItWas(t *testing.T) {
	m := newMigrated(t, tableA)
	m.do("INSERT INTO {a} VALUES ('x', 1, 2)")
	before := m.canonical()
	for _, text := range []string{
		"UPDATE {a} SET v = 2; ALTER TABLE {a} DROP COLUMN w; CREATE TABLE {b} (v)",
		"DELETE FROM {a}; nonsense",
		"INSERT INTO {a} VALUES ('y', 1, 1); CREATE TABLE {__new_a} (id INTEGER PRIMARY KEY); DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}",
		"CREATE TABLE {n} (id TEXT PRIMARY KEY); INSERT INTO {n} VALUES (NULL)",
	} {
		if err := m.tryMigrate(text); fault.Code(err) != "db.migration_failed" {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(before, m.canonical()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		must(t, m.Check(t.Context(), nil))
	}
	m.do("UPDATE {a} SET v = 5")
	m.migrate("ALTER TABLE {a} DROP COLUMN w")
	m.check("a", states{"x": "1 sa id=x v=5@sb"})
}

func TestTablesOfAnEarlierVaultAreAdopted(t *testing.T) {
	m := newMigrated(t)
	m.do("CREATE TABLE {a} (id TEXT PRIMARY KEY, v)", "INSERT INTO {a} VALUES ('x', 1), ('y', 2)", "DELETE FROM {a} WHERE id = 'x'",
		"CREATE TABLE {w} (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID", "INSERT INTO {w} VALUES (1, 2)",
		"CREATE TABLE {n} (id INTEGER PRIMARY KEY)", "CREATE TABLE {u} (v)", "CREATE TABLE {k} (id TEXT PRIMARY KEY)", "INSERT INTO {k} VALUES (NULL)",
		"CREATE TABLE {l_no_sync} (v)")
	left, err := m.Adopt(t.Context(), migratedApp, 1)
	must(t, err)
	if diff := cmp.Diff([]string{"k", "n", "u"}, left); diff != "" {
		t.Error(diff)
	}
	m.check("a", states{"y": "1 sa id=y v=2"})
	m.check("w", states{"2/1": "1 sa a=1 b=2"})
	if left, err := m.Adopt(t.Context(), migratedApp, 1); left != nil || err != nil {
		t.Errorf("again: %v %v", left, err)
	}
	m.do("UPDATE {a} SET v = 3")
	m.check("a", states{"y": "1 sa id=y v=3@sb"})
	m.migrate("ALTER TABLE {u} ADD COLUMN more; ALTER TABLE {n} RENAME TO {o}") // not refused any more
	b := newMigrated(t)
	gather(m, b)
	gathered(m, b)
}

// forgets makes a device one whose migrations ran before changes were tracked.
func (m *migrated) forgets() {
	m.t.Helper()
	must(m.t, m.st.UpdateTx(m.t.Context(), func(tx *store.Tx) error {
		if err := m.untrack(tx, m.reg.byName[migratedApp+"a"]); err != nil {
			return err
		}
		return tx.Exec("DELETE FROM alcove_crdt_app; DELETE FROM alcove_crdt_table; DELETE FROM alcove_crdt_column; DELETE FROM alcove_crdt_tx; DELETE FROM alcove_crdt_level; DELETE FROM alcove_crdt_ran")
	}))
	m.restart()
}

func TestAnAdoptedTableIsThatOfAFreshInstallation(t *testing.T) {
	old, fresh := newMigrated(t, prices), newMigrated(t, prices)
	old.do("INSERT INTO {a} VALUES ('x', 1, NULL)")
	old.forgets()
	_, err := old.Adopt(t.Context(), migratedApp, 1)
	must(t, err)
	fresh.do("INSERT INTO {a} VALUES ('y', 2, NULL)")
	gather(old, fresh)
	agree(t, old, fresh)
	want(t, map[string]string{"x": "1", "y": "2"}, old, fresh)
	fresh.migrate(toCents)
	fresh.do("UPDATE {a} SET price = 700 WHERE id = 'y'")
	gather(old, fresh)
	old.migrate(toCents)
	gather(old, fresh)
	agree(t, old, fresh)
	want(t, map[string]string{"x": "100", "y": "700"}, old, fresh)
}

// removeApp removes the app with its table a.
func (m *migrated) removeApp() {
	m.t.Helper()
	must(m.t, m.st.UpdateTx(m.t.Context(), func(tx *store.Tx) error {
		if err := m.RemoveApp(tx, migratedApp); err != nil {
			return err
		}
		return tx.Exec(own("DROP TABLE {a}; DELETE FROM alcove_migration"))
	}))
	m.list = nil
}

func TestRemovedAppBeginsAnew(t *testing.T) {
	list := devices(t, 2, tableA)
	list[0].do("INSERT INTO {a} VALUES ('x', 1, 2)")
	gather(list...)
	m := list[0]
	gid := m.table("a").gid
	m.removeApp()
	m.migrate(tableA)
	if m.table("a").gid != gid {
		t.Error("the same migration makes another table")
	}
	list[1].do("UPDATE {a} SET v = 'late'")
	m.do("INSERT INTO {a} VALUES ('new', 1, 1)")
	gather(list...)
	agree(t, list...)
	if diff := cmp.Diff(map[string]string{"new": "1"}, list[1].column("a", "v")); diff != "" {
		t.Error(diff)
	}
}

func TestCheckFindsClocksThatDoNotFit(t *testing.T) {
	for what, text := range map[string]string{
		"birth":    `DELETE FROM "alcove_crdt_r_1"`,
		"row":      `INSERT INTO "alcove_crdt_o_1" VALUES (99, x'')`,
		"ranges":   `UPDATE "alcove_crdt_r_1" SET hi = lo - 1`,
		"site":     `UPDATE "alcove_crdt_r_1" SET site = 77`,
		"clocks":   `INSERT INTO "alcove_crdt_o_1" VALUES (1, x'ff')`,
		"triggers": `DROP TRIGGER "alcove_crdt_t_1_u"`,
		"level":    `UPDATE alcove_crdt_level SET m = 0`,
		"level of": `UPDATE alcove_crdt_level SET site = 77`,
		"ran":      `UPDATE alcove_crdt_ran SET m = 0`,
		"seen":     `UPDATE alcove_crdt_ran SET seen = x'01ff'`,
		"seen of":  `UPDATE alcove_crdt_ran SET seen = x'4d01'`,
		"deaths":   `INSERT INTO "alcove_crdt_d_1" (k, cl, h, site) VALUES (x'01', 3, 0, 0)`,
	} {
		m := newMigrated(t, tableA)
		m.do("INSERT INTO {a} VALUES ('x', 1, 2)")
		m.exec(text)
		if err := m.Check(context.Background(), nil); fault.Code(err) != "vault.tracking_damaged" {
			t.Errorf("%s: %v", what, err)
		}
	}
}
