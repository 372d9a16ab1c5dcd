package crdt

import (
	"testing"
)

type states = map[string]string

func TestRowsThatAMigrationMakesAreBornAlikeEverywhere(t *testing.T) {
	m := newMigrated(t, "SELECT 1", `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v); INSERT INTO {a} VALUES ('x', 1), ('y', 2);
		CREATE TABLE {w} (a TEXT, b INT, v, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO {w} VALUES ('x', 1, 5), ('x', 2, 6)`)
	m.check("a", states{"x": "1 r2 id=x v=1", "y": "1 r2 id=y v=2"})
	m.check("w", states{"1/x": "1 r2 a=x b=1 v=5", "2/x": "1 r2 a=x b=2 v=6"})
	m.migrate("INSERT INTO {a} VALUES ('z', 3); INSERT INTO {w} VALUES ('q', 0, 7)")
	m.check("a", states{"x": "1 r2 id=x v=1", "y": "1 r2 id=y v=2", "z": "1 r3 id=z v=3"})
	m.check("w", states{"1/x": "1 r2 a=x b=1 v=5", "2/x": "1 r2 a=x b=2 v=6", "0/q": "1 r3 a=q b=0 v=7"})
}

func TestAlteredTablesKeepTheirClocks(t *testing.T) {
	m := newMigrated(t, `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v, w)`)
	m.do("INSERT INTO {a} VALUES ('x', 1, 2), ('y', 3, 4)")
	m.do("UPDATE {a} SET v = 5 WHERE id = 'x'")
	gid, was := m.table("a").gid, m.table("a").columns
	m.migrate("ALTER TABLE {a} RENAME COLUMN v TO u; ALTER TABLE {a} ADD COLUMN n DEFAULT 7; ALTER TABLE {a} RENAME TO {b}; ALTER TABLE {b} DROP COLUMN w")
	now := m.table("b")
	if now.gid != gid || now.columns[1].gid != was[1].gid || now.columns[1].name != "u" || len(now.columns) != 3 {
		t.Errorf("%+v became %+v", was, now.columns)
	}
	m.check("b", states{"x": "1 sa id=x n=7@r0 u=5@sb", "y": "1 sa id=y n=7@r0 u=3"})
	m.migrate("ALTER TABLE {b} ADD COLUMN w TEXT")
	if c := m.table("b").columns; c[3].gid == was[2].gid {
		t.Error("a column that was dropped came back as the same one")
	}
	m.check("b", states{"x": "1 sa id=x n=7@r0 u=5@sb w=<nil>@r0", "y": "1 sa id=y n=7@r0 u=3 w=<nil>@r0"})
	m.migrate("DROP TABLE {b}; CREATE TABLE {c} (id TEXT PRIMARY KEY)")
	if m.table("b") != nil || m.table("c").gid == gid {
		t.Error("the dropped table is still there")
	}
}

const rebuildNamed = "PRAGMA foreign_keys=OFF; CREATE TABLE {n} (id TEXT PRIMARY KEY, v); INSERT INTO {n} SELECT * FROM {a}; DROP TABLE {a}; ALTER TABLE {n} RENAME TO {a};"

// A name may go from one table to another in one migration, and both stay.
func TestTablesTakeEachOthersNames(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		now  map[string]string // which table has the name: the one that was called so before, or "" for a new one
	}{
		"swapped":       {"ALTER TABLE {a} RENAME TO {t}; ALTER TABLE {b} RENAME TO {a}; ALTER TABLE {t} RENAME TO {b}", map[string]string{"a": "b", "b": "a"}},
		"shifted":       {"ALTER TABLE {b} RENAME TO {c}; ALTER TABLE {a} RENAME TO {b}", map[string]string{"b": "a", "c": "b"}},
		"shifted up":    {"ALTER TABLE {a} RENAME TO {Z}; ALTER TABLE {b} RENAME TO {a}", map[string]string{"a": "b", "z": "a"}},
		"set aside":     {"ALTER TABLE {a} RENAME TO {z}; CREATE TABLE {a} (id TEXT PRIMARY KEY, v); INSERT INTO {a} SELECT * FROM {z}", map[string]string{"a": "", "b": "b", "z": "a"}},
		"kept local":    {"ALTER TABLE {a} RENAME TO {a_no_sync}; CREATE TABLE {a} (id TEXT PRIMARY KEY, v); INSERT INTO {a} SELECT * FROM {a_no_sync}", map[string]string{"a": "", "b": "b"}},
		"rebuilt":       {rebuildNamed + "ALTER TABLE {a} RENAME TO {z}", map[string]string{"z": "a", "b": "b"}},
		"rebuilt twice": {rebuildNamed + "ALTER TABLE {a} RENAME TO {z}; CREATE TABLE {n} (id TEXT PRIMARY KEY, v, more); INSERT INTO {n} (id, v) SELECT * FROM {z}; DROP TABLE {z}; ALTER TABLE {n} RENAME TO {z}; ALTER TABLE {z} DROP COLUMN more", map[string]string{"z": "a", "b": "b"}},
		"replaced":      {rebuildNamed + "ALTER TABLE {a} RENAME TO {z}; CREATE TABLE {a} (id TEXT PRIMARY KEY, v); INSERT INTO {a} SELECT * FROM {z}", map[string]string{"z": "", "a": "a", "b": "b"}},
		"and dropped":   {"PRAGMA foreign_keys=OFF; ALTER TABLE {b} RENAME TO {z}; ALTER TABLE {a} RENAME TO {b}; DROP TABLE {z}", map[string]string{"b": "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			list := devices(t, 2, "CREATE TABLE {a} (id TEXT PRIMARY KEY, v); CREATE TABLE {b} (id TEXT PRIMARY KEY, v REFERENCES {a} (id))")
			a, b := list[0], list[1]
			a.do("INSERT INTO {a} VALUES ('x', 1), ('y', 1)", "INSERT INTO {b} VALUES ('of x', 'x')")
			gather(list...)
			was := map[string]GlobalID{"a": a.table("a").gid, "b": a.table("b").gid}
			b.do("UPDATE {a} SET v = 2 WHERE id = 'x'") // a edits after it has migrated, b before
			a.migrate(c.text)
			for now, before := range c.now {
				tbl := a.table(now)
				if tbl == nil || (before == "") == (tbl.gid == was["a"] || tbl.gid == was["b"]) || before != "" && tbl.gid != was[before] {
					t.Fatalf("%s is not what %q was", now, before)
				}
				a.do("UPDATE {"+now+"} SET v = v WHERE true", "INSERT INTO {"+now+"} VALUES ('new in "+now+"', NULL)")
			}
			gather(list...)
			b.migrate(c.text)
			gather(list...)
			agree(t, list...)
			for now, before := range c.now {
				if n := b.count(own("SELECT count(*) FROM {" + now + "} WHERE id = 'new in " + now + "'")); n != 1 {
					t.Errorf("%d new rows in %s", n, now)
				}
				if n := b.count(own("SELECT count(*) FROM {" + now + "} WHERE id = 'x' AND v = 2")); before == "a" && n != 1 {
					t.Errorf("the edit of %s is not in %s", before, now)
				}
			}
		})
	}
}

func TestColumnsTakeEachOthersNames(t *testing.T) {
	list := devices(t, 2, `CREATE TABLE {a} (id TEXT PRIMARY KEY, v, w)`)
	list[0].do("INSERT INTO {a} VALUES ('x', 1, 2)")
	gather(list...)
	list[1].do("UPDATE {a} SET v = 3")
	for _, m := range list {
		m.migrate("ALTER TABLE {a} RENAME COLUMN v TO t; ALTER TABLE {a} RENAME COLUMN w TO v; ALTER TABLE {a} RENAME COLUMN t TO w")
	}
	list[0].do("UPDATE {a} SET v = 4")
	gather(list...)
	agree(t, list...)
	if n := list[0].count(own("SELECT count(*) FROM {a} WHERE w = 3 AND v = 4")); n != 1 {
		t.Errorf("%v", list[0].state("a"))
	}
}

func TestDataMigrationsTickNoClock(t *testing.T) {
	m := newMigrated(t, `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v, w)`)
	m.do("INSERT INTO {a} VALUES ('x', 1, 2), ('y', 3, 4), ('z', 5, 6)")
	m.do("UPDATE {a} SET v = 7 WHERE id = 'x'")
	m.migrate("UPDATE {a} SET v = v * 2, w = w; DELETE FROM {a} WHERE id = 'y'; INSERT INTO {a} VALUES ('n', 0, 0)")
	m.check("a", states{
		"x": "1 sa id=x v=14@sb.2 w=2",
		"z": "1 sa id=z v=10@sa.2 w=6",
		"n": "1 r2 id=n v=0 w=0",
	})
	m.migrate("UPDATE {a} SET v = '10' WHERE id = 'z'; ALTER TABLE {a} ADD COLUMN q DEFAULT 1; UPDATE {a} SET q = 2 WHERE id <> 'x'; INSERT INTO {a} VALUES ('y', 1, 1, 1)")
	m.check("a", states{
		"x": "1 sa id=x q=1@r0 v=14@sb.2 w=2",
		"z": "1 sa id=z q=2@r3 v=10@sa.3 w=6",
		"n": "1 r2 id=n q=2@r3 v=0 w=0",
		"y": "3 r3 id=y q=1 v=1 w=1",
	})
}

const rebuildA = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE {__new_a} (id TEXT PRIMARY KEY NOT NULL, w TEXT, v, extra DEFAULT 'd', made DEFAULT (unixepoch() * 0));--> statement-breakpoint
INSERT INTO {__new_a} (id, w, v) SELECT id, w, v FROM {a};--> statement-breakpoint
DROP TABLE {a};--> statement-breakpoint
ALTER TABLE {__new_a} RENAME TO {a};--> statement-breakpoint
PRAGMA foreign_keys=ON;`

func TestRebuiltTablesStayTheSameTable(t *testing.T) {
	for name, text := range map[string]string{
		"new first": rebuildA,
		"old aside": `ALTER TABLE {a} RENAME TO {old}; CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, w TEXT, v, extra DEFAULT 'd', made DEFAULT (unixepoch() * 0));
			INSERT INTO {a} (id, w, v) SELECT id, w, v FROM {old} ORDER BY id DESC; DROP TABLE {old};`,
		"in place": `ALTER TABLE {a} RENAME COLUMN w TO w2; ALTER TABLE {a} ADD COLUMN w3 TEXT; UPDATE {a} SET w3 = w2;
			CREATE TABLE {__new_a} (id TEXT PRIMARY KEY NOT NULL, w TEXT, v, extra DEFAULT 'd', made DEFAULT (unixepoch() * 0));
			INSERT INTO {__new_a} (id, w, v) SELECT id, w2, v FROM {a}; DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}`,
	} {
		t.Run(name, func(t *testing.T) {
			m := newMigrated(t, `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v, w)`)
			m.do("INSERT INTO {a} VALUES ('gone', 1, 1)", "INSERT INTO {a} VALUES ('y', 3, 4), ('x', 1, 2)")
			m.do("INSERT INTO {a} VALUES ('z', 0, 'w')")
			m.do("UPDATE {a} SET v = 33 WHERE id = 'y'")
			m.do("DELETE FROM {a} WHERE id = 'gone'") // a gap
			before := m.table("a")
			m.migrate(text)
			after := m.table("a")
			if before.gid != after.gid || before.id != after.id || after.columns[0].gid != before.columns[0].gid {
				t.Errorf("%+v became %+v", before, after)
			}
			want := states{
				"x": "1 sa extra=d@r0 id=x made=0@r2 v=1 w=2@sa.2",
				"y": "1 sa extra=d@r0 id=y made=0@r2 v=33@sb w=4@sa.2",
				"z": "1 sc extra=d@r0 id=z made=0@r2 v=0 w=w",
			}
			if name == "in place" { // w is another column than the one that was renamed
				want["x"] = "1 sa extra=d@r0 id=x made=0@r2 v=1 w=2@r2"
				want["y"] = "1 sa extra=d@r0 id=y made=0@r2 v=33@sb w=4@r2"
				want["z"] = "1 sc extra=d@r0 id=z made=0@r2 v=0 w=w@r2"
			}
			m.check("a", want)
		})
	}
}
