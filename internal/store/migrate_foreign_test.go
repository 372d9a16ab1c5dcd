package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// grove has keys of all the kinds of which SQLite lets some violation pass.
const grove = `CREATE TABLE {tree} (k TEXT PRIMARY KEY, up TEXT REFERENCES {tree} (k) DEFERRABLE INITIALLY DEFERRED, n UNIQUE);
	CREATE TABLE {vine} (k TEXT PRIMARY KEY, up TEXT REFERENCES {vine} (k) ON DELETE SET NULL, n UNIQUE);
	CREATE TABLE {hen} (k TEXT PRIMARY KEY, up TEXT REFERENCES {egg} (k) ON DELETE SET NULL);
	CREATE TABLE {egg} (k TEXT PRIMARY KEY, up TEXT REFERENCES {hen} (k) ON DELETE CASCADE);
	CREATE TABLE {pot} (k TEXT PRIMARY KEY);
	CREATE TABLE {leaf} (k TEXT PRIMARY KEY, up TEXT REFERENCES {tree} (k) DEFERRABLE INITIALLY DEFERRED);
	CREATE TABLE {seed} (k TEXT PRIMARY KEY, up TEXT REFERENCES {pot} (k) DEFERRABLE INITIALLY DEFERRED);
	CREATE TABLE {vine_no_sync} (k TEXT PRIMARY KEY, up TEXT REFERENCES {vine_no_sync} (k) ON DELETE SET NULL);
	INSERT INTO {tree} VALUES ('a', 'a', 1), ('b', NULL, 2);
	INSERT INTO {vine} VALUES ('a', 'a', 1), ('b', 'a', 2);
	INSERT INTO {pot} VALUES ('p'), ('q');
	INSERT INTO {leaf} VALUES ('l', 'b');
	INSERT INTO {seed} VALUES ('s', 'p')`

// TestAMigrationLeavesNoRowWithoutItsParent: SQLite lets each of the bad ones
// pass.
func TestAMigrationLeavesNoRowWithoutItsParent(t *testing.T) {
	for name, test := range map[string]struct{ text, bad string }{
		"a parent that goes while its child stays":   {`INSERT INTO {tree} VALUES ('c', 'c', 3); UPDATE {tree} SET k = CASE k WHEN 'a' THEN 'z' ELSE k END`, "tree"},
		"a new row in a table with SET NULL":         {`INSERT OR REPLACE INTO {vine} VALUES ('c', 'none', 3)`, "vine"},
		"a parent that is replaced":                  {`UPDATE OR REPLACE {vine} SET n = 3`, "vine"},
		"tables that refer to each other":            {`INSERT OR REPLACE INTO {hen} VALUES ('h', 'none')`, "hen"},
		"a child beside a row that is its own":       {`INSERT INTO {seed} VALUES ('m', 'none'); UPDATE {tree} SET k = k`, "seed"},
		"a parent of another table":                  {`DELETE FROM {tree} WHERE k = 'b'; UPDATE {tree} SET k = k`, "leaf"},
		"a parent that is renamed after it":          {`DELETE FROM {tree} WHERE k = 'b'; UPDATE {tree} SET k = k; ALTER TABLE {tree} RENAME TO {wood}`, "leaf"},
		"a child that is renamed after it":           {`INSERT OR REPLACE INTO {vine} VALUES ('c', 'none', 3); ALTER TABLE {vine} RENAME TO {hop}; ALTER TABLE {hop} RENAME TO {Ivy}`, "ivy"},
		"a table that is dropped":                    {`PRAGMA defer_foreign_keys = ON; DROP TABLE {pot}; UPDATE {tree} SET k = k`, "seed"},
		"a trigger that writes":                      {`CREATE TRIGGER {grows} AFTER INSERT ON {pot} BEGIN INSERT OR REPLACE INTO {vine} VALUES (NEW.k, 'none', 3); UPDATE {tree} SET k = k; END; INSERT INTO {pot} VALUES ('r')`, "vine"},
		"a table that was made in the migration":     {`CREATE TABLE {new} (k TEXT PRIMARY KEY, up TEXT REFERENCES {new} (k) ON DELETE SET NULL); REPLACE INTO {new} VALUES ('c', 'none')`, "new"},
		"foreign keys that were off":                 {`PRAGMA foreign_keys = OFF; INSERT INTO {leaf} VALUES ('m', 'none')`, "leaf"},
		"a table that does not sync, with keys off":  {`PRAGMA foreign_keys = OFF; INSERT INTO {vine_no_sync} VALUES ('a', 'none')`, "vine_no_sync"},
		"a table that does not sync":                 {`REPLACE INTO {vine_no_sync} VALUES ('a', 'none')`, ""},
		"a parent that comes afterwards":             {`REPLACE INTO {vine} VALUES ('c', 'none', 3); INSERT INTO {vine} VALUES ('none', NULL, 4)`, ""},
		"a row that goes afterwards":                 {`REPLACE INTO {vine} VALUES ('c', 'none', 3); DELETE FROM {vine} WHERE k = 'c'`, ""},
		"rows that all have parents, or refer to no": {`UPDATE {tree} SET k = k; REPLACE INTO {vine} VALUES ('c', NULL, 3)`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := create(t)
			first := migration("0001", grove)
			if err := migrate(s, 1, notesPrefix, first); err != nil {
				t.Fatal(err)
			}
			refusedForKeys(t, migrate(s, 1, notesPrefix, first, migration("0002", test.text)), "0002", test.bad)
			s = create(t) // as a new device, where all steps are one transaction
			refusedForKeys(t, migrate(s, 1, notesPrefix, first, migration("0002", test.text), migration("0003", "CREATE TABLE {last} (k)")), "0002", test.bad)
		})
	}
}

// refusedForKeys checks that a migration failed because of the keys of a table,
// or, without one, did not fail.
func refusedForKeys(t *testing.T, err error, migration, table string) {
	t.Helper()
	if table == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	f := fault.Of(err)
	if f == nil || f.Code != "db.migration_failed" || f.Data["cause"] != "db.constraint" || f.Data["migration"] != migration || f.Data["statement"] != nil ||
		!strings.HasSuffix(f.Message, "The foreign keys of the table "+table+" are not satisfied at the end.") {
		t.Errorf("%v", err)
	}
}

// TestAnOldViolationStopsNoMigrationThatLeavesItAlone: data that an older
// version of the app left without a parent does not keep a newer one away.
func TestAnOldViolationStopsNoMigrationThatLeavesItAlone(t *testing.T) {
	s := create(t)
	list := []Migration{migration("0001", grove)}
	if err := migrate(s, 1, notesPrefix, list...); err != nil {
		t.Fatal(err)
	}
	c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
	t.Cleanup(c.Close)
	execute(t, c, "REPLACE INTO {vine} VALUES ('c', 'none', 3)") // no table is tracked here
	for i, test := range []struct{ text, bad string }{
		{`CREATE INDEX {by_up} ON {vine} (up); ALTER TABLE {vine} ADD COLUMN hue; ALTER TABLE {vine} RENAME TO {hop}`, ""},
		{`INSERT INTO {tree} VALUES ('c', 'a', 3); DELETE FROM {seed}; DROP TABLE {pot}`, ""},
		{`UPDATE {hop} SET hue = 'green'`, "hop"},
		{`DELETE FROM {hop} WHERE up = 'none'`, ""},
		{`UPDATE {hop} SET hue = 'green'`, ""},
	} {
		next := migration(fmt.Sprintf("%04d", i+2), test.text)
		err := migrate(s, 1, notesPrefix, append(list, next)...)
		if refusedForKeys(t, err, next.Name, test.bad); err == nil {
			list = append(list, next)
		}
	}
}
