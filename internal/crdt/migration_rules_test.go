package crdt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestWhichTablesAreTracked(t *testing.T) {
	many := "id TEXT PRIMARY KEY"
	for i := range maxColumns - 1 {
		many += fmt.Sprintf(", c%d", i)
	}
	for _, tt := range []struct {
		text, code string
		options    store.MigrateOptions
		tracked    bool
	}{
		{text: "CREATE TABLE {a} (id TEXT PRIMARY KEY)", tracked: true},
		{text: "CREATE TABLE {a} (id BLOB PRIMARY KEY) STRICT", tracked: true},
		{text: "CREATE TABLE {a} (a, b, PRIMARY KEY (a, b))", tracked: true},
		{text: "CREATE TABLE {a} (a TEXT, b INTEGER, PRIMARY KEY (b, a)) WITHOUT ROWID", tracked: true},
		{text: "CREATE TABLE {a} (id INT PRIMARY KEY NOT NULL)", tracked: true},
		{text: "CREATE TABLE {a} (id INTEGER PRIMARY KEY) WITHOUT ROWID", tracked: true},
		{text: "CREATE TABLE {a} (id INTEGER PRIMARY KEY DESC)", tracked: true}, // not the rowid
		{text: "CREATE TABLE {a} (id INTEGER PRIMARY KEY)", code: "db.key_automatic"},
		{text: "CREATE TABLE {a} (id INTEGER PRIMARY KEY AUTOINCREMENT)", code: "db.key_automatic"},
		{text: "CREATE TABLE {a} (id INTEGER, v, PRIMARY KEY (id ASC))", code: "db.key_automatic"},
		{text: "CREATE TABLE {a} (id INTEGER PRIMARY KEY)", options: store.MigrateOptions{AutomaticIntegerKeys: true}, tracked: true},
		{text: "CREATE TABLE {a} (id, v)", code: "db.key_missing"},
		{text: "CREATE TABLE {a} (id UNIQUE NOT NULL)", options: store.MigrateOptions{AutomaticIntegerKeys: true}, code: "db.key_missing"},
		{text: "CREATE TABLE {a} (rowid TEXT PRIMARY KEY, oid, _rowid_)", code: "db.key_missing"},
		{text: "CREATE TABLE {a} (rowid TEXT PRIMARY KEY, oid, _rowid_) WITHOUT ROWID", tracked: true},
		{text: "CREATE TABLE {a} (rowid TEXT PRIMARY KEY, oid)", tracked: true},
		{text: "CREATE TABLE {a} (" + many + ")", tracked: true},
		{text: "CREATE TABLE {a} (" + many + ", g AS (id || 'x'))", tracked: true}, // generated columns do not count
		{text: "CREATE TABLE {a} (" + many + ", one_more)", code: "quota.schema"},
		{text: "CREATE TABLE {a} (" + many + "); ALTER TABLE {a} ADD COLUMN one_more", code: "quota.schema"},
		{text: "CREATE TABLE {a_no_sync} (id, v)"},
		{text: "CREATE TABLE {a_no_sync} (" + many + ", one_more)"},
		{text: "CREATE TABLE {a} (id, v)", options: store.MigrateOptions{Development: true}},
		{text: "CREATE TABLE {b} (id, v); DROP TABLE {b}; CREATE TABLE {a} (id TEXT PRIMARY KEY)", tracked: true},
	} {
		m := newMigrated(t)
		m.options = tt.options
		err := m.tryMigrate(tt.text)
		cause := ""
		if err != nil {
			cause, _ = fault.Of(err).Data["cause"].(string)
		}
		if tracked := m.table("a") != nil; cause != tt.code || tracked != tt.tracked {
			t.Errorf("%.120s: tracked %v, %v", tt.text, tracked, err)
		}
		if tt.code != "" && !strings.Contains(err.Error(), "The table a ") {
			t.Errorf("the table is not named: %v", err)
		}
	}
}

func TestColumnsBeyondTheLimitAreRefusedLater(t *testing.T) {
	m := newMigrated(t, "CREATE TABLE {a} (id TEXT PRIMARY KEY)")
	for i := range maxColumns - 1 {
		m.migrate(fmt.Sprintf("ALTER TABLE {a} ADD COLUMN c%d", i))
	}
	if err := m.tryMigrate("ALTER TABLE {a} ADD COLUMN one_more"); err == nil || fault.Of(err).Data["cause"] != "quota.schema" {
		t.Errorf("error %v", err)
	}
	m.migrate("ALTER TABLE {a} DROP COLUMN c7; ALTER TABLE {a} ADD COLUMN one_more")
	if c := m.table("a").columns; len(c) != maxColumns || c[8].name != "one_more" {
		t.Errorf("%+v", c)
	}
}

func TestTablesThatStayOnTheirDevice(t *testing.T) {
	m := newMigrated(t, "CREATE TABLE {a_no_sync} (id TEXT PRIMARY KEY, v); INSERT INTO {a_no_sync} VALUES ('x', 1), ('y', 2)",
		"CREATE TABLE {w_no_sync} (id TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO {w_no_sync} VALUES ('x', 1), ('y', 2)")
	if m.table("a_no_sync") != nil {
		t.Fatal("a local table is tracked")
	}
	m.migrate("ALTER TABLE {a_no_sync} RENAME TO {a}; ALTER TABLE {w_no_sync} RENAME TO {w}")
	m.check("a", states{"x": "1 sa id=x v=1", "y": "1 sa id=y v=2"})
	m.check("w", states{"x": "1 sa id=x v=1", "y": "1 sa id=y v=2"})
	gid := m.table("a").gid
	m.migrate("ALTER TABLE {a} RENAME TO {a_no_sync}")
	if m.table("a_no_sync") != nil {
		t.Error("it is tracked still")
	}
	m.migrate("ALTER TABLE {a_no_sync} RENAME TO {a}")
	if m.table("a").gid == gid {
		t.Error("it came back as the same table")
	}
	if err := m.tryMigrate("CREATE TABLE {b_no_sync} (x); ALTER TABLE {b_no_sync} RENAME TO {b}"); err == nil {
		t.Error("a table without a key is tracked")
	}
}

func TestTablesOfAnAppUnderDevelopmentBeginWhenItIsReleased(t *testing.T) {
	m := newMigrated(t)
	m.options.Development = true
	m.migrate("CREATE TABLE {a} (id TEXT PRIMARY KEY, v); INSERT INTO {a} VALUES ('x', 1)")
	m.options.Development = false
	m.migrate("SELECT 1")
	m.check("a", states{"x": "1 sa id=x v=1"})
	m.options.Development = true
	m.migrate("SELECT 1")
	if m.table("a") != nil {
		t.Error("it is tracked under development")
	}
}

func TestAnotherKeyMakesAnotherTable(t *testing.T) {
	for name, columns := range map[string]string{
		"columns":   "id TEXT, v, PRIMARY KEY (id, v)",
		"collation": "id TEXT COLLATE NOCASE PRIMARY KEY, v",
		"affinity":  "id BLOB PRIMARY KEY, v",
		"rowid":     "id INTEGER PRIMARY KEY, v",
		"column":    "id TEXT, v TEXT PRIMARY KEY",
	} {
		m := newMigrated(t, "CREATE TABLE {a} (id TEXT PRIMARY KEY, v); INSERT INTO {a} VALUES ('1', 2)")
		m.options.AutomaticIntegerKeys = true
		gid := m.table("a").gid
		m.migrate("CREATE TABLE {__new_a} (" + columns + "); INSERT INTO {__new_a} SELECT id, v FROM {a}; DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}")
		if m.table("a").gid == gid {
			t.Errorf("%s: it is the same table", name)
		}
		for key, state := range m.state("a") {
			if !strings.HasPrefix(state, "1 r2 id=1 v=2") {
				t.Errorf("%s: %s %s", name, key, state)
			}
		}
	}
}

func TestTablesMadeTwiceByTheSameTextAreTwoTables(t *testing.T) {
	m := newMigrated(t)
	seen := map[GlobalID]bool{}
	for range 3 {
		m.migrate("CREATE TABLE {a} (id TEXT PRIMARY KEY, v)")
		seen[m.table("a").gid] = true
		m.migrate("DROP TABLE {a}")
	}
	if len(seen) != 3 {
		t.Errorf("%d global ids", len(seen))
	}
	m.migrate("CREATE TABLE {b} (id TEXT PRIMARY KEY, v)")
	seen = map[GlobalID]bool{}
	for range 3 {
		m.migrate("ALTER TABLE {b} DROP COLUMN v")
		m.migrate("ALTER TABLE {b} ADD COLUMN v")
		seen[m.table("b").columns[1].gid] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d global ids of a column", len(seen))
	}
}
