package crdt

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// granted runs a migration of another app, which may do this with the app's tables.
func (m *migrated) granted(action store.Action, text string) {
	m.t.Helper()
	rights := store.Rights{Own: strings.Repeat("b2", 32) + "__other__", Grants: []store.Grant{{Action: action, Target: migratedApp + "*"}}}
	m.others = append(m.others, store.Migration{Name: text, SQL: own(text), Hash: sha256.Sum256([]byte(text))})
	_, err := m.st.Migrate(m.t.Context(), nil, 2, rights, m.others, store.MigrateOptions{})
	must(m.t, err)
	must(m.t, m.Check(m.t.Context(), nil))
}

// What is unique in a table is known at once, whoever's migration said so: or
// two rows that meet in it could not be merged until the vault is opened again.
func TestAnIndexThatAnotherAppMakesHidesRows(t *testing.T) {
	a, b := newMigrated(t, `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v)`), newMigrated(t, `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v)`)
	for _, m := range []*migrated{a, b} {
		m.granted(store.ActionAlterDrop, `CREATE UNIQUE INDEX {a_v} ON {a} (lower(v)) WHERE v <> 'a'`)
	}
	a.do("INSERT INTO {a} VALUES ('x', 'c'), ('z', 'a')")
	b.do("INSERT INTO {a} VALUES ('y', 'C')")
	gather(a, b)
	gathered(a, b)
	visible := func(m *migrated) int64 {
		t.Helper()
		return m.count(own(`SELECT count(*) FROM {a}`))
	}
	if x, y := visible(a), visible(b); x != 2 || y != 2 {
		t.Errorf("%d and %d rows are seen, not 2", x, y)
	}
	for _, m := range []*migrated{a, b} {
		m.granted(store.ActionAlterDrop, `DROP INDEX {a_v}`)
	}
	if x, y := visible(a), visible(b); x != 3 || y != 3 {
		t.Errorf("without the index %d and %d rows are seen, not 3", x, y)
	}
	a.do("INSERT INTO {a} VALUES ('w', 'c')")
	gather(a, b)
	gathered(a, b)
	if x, y := visible(a), visible(b); x != 4 || y != 4 {
		t.Errorf("without the index %d and %d rows are seen, not 4", x, y)
	}
}

// linkedTables are two of which one refers to the other.
const linkedTables = "CREATE TABLE {p} (id TEXT PRIMARY KEY, u); CREATE TABLE {q} (id TEXT PRIMARY KEY, p REFERENCES {p} (id))"

// A foreign key is known under its new names at once, whoever changed them: or
// children without a parent were shown until the vault is opened again.
func TestAnotherAppRenamesTheKeyOfAParent(t *testing.T) {
	list := devices(t, 2, linkedTables)
	for _, m := range list {
		m.granted(store.ActionAlterDrop, "ALTER TABLE {p} RENAME COLUMN id TO key")
	}
	list[0].do("INSERT INTO {p} VALUES ('z', 1)")
	gather(list...)
	list[0].do("DELETE FROM {p}")
	list[1].do("INSERT INTO {q} VALUES ('child', 'z')")
	gather(list...)
	for i, m := range list {
		if n := m.count(own("SELECT count(*) FROM {q}")); n != 0 {
			t.Errorf("device %d shows %d children without a parent", i, n)
		}
	}
	agree(t, list...)
}

func TestAnotherAppExchangesColumnsOfAParent(t *testing.T) {
	list := devices(t, 2, linkedTables)
	list[0].do("INSERT INTO {p} VALUES ('z', 'other')", "INSERT INTO {q} VALUES ('child', 'z')")
	gather(list...)
	for _, m := range list {
		m.granted(store.ActionAlterDrop, "ALTER TABLE {p} RENAME COLUMN id TO t; ALTER TABLE {p} RENAME COLUMN u TO id; ALTER TABLE {p} RENAME COLUMN t TO u")
	}
	list[1].do("INSERT INTO {q} VALUES ('second', 'z')")
	gather(list...)
	for i, m := range list {
		if n := m.count(own("SELECT count(*) FROM {q}")); n != 2 {
			t.Errorf("device %d shows %d children", i, n)
		}
	}
	agree(t, list...)
}
