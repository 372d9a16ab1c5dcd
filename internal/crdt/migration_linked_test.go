package crdt

import "testing"

// A migration changes the shape of one table and makes rows in another that is
// linked to it, also under keys whose rows are hidden.
func TestMigrationsMayChangeLinkedTablesAtOnce(t *testing.T) {
	const (
		parents  = "INSERT OR IGNORE INTO {p} VALUES ('x', 2), ('y', 3)"
		children = "INSERT OR IGNORE INTO {q} (id, u) VALUES ('x', 2), ('y', 3)"
	)
	for name, text := range map[string]string{
		"child's column renamed":   "ALTER TABLE {q} RENAME COLUMN n TO m;" + parents,
		"child's column dropped":   "ALTER TABLE {q} DROP COLUMN n;" + parents,
		"child's column added":     "ALTER TABLE {q} ADD COLUMN more DEFAULT 1;" + parents,
		"child renamed":            "ALTER TABLE {q} RENAME TO {z};" + parents,
		"child dropped":            "DROP TABLE {q};" + parents,
		"child rebuilt":            "CREATE TABLE {__new_q} (id TEXT PRIMARY KEY, u UNIQUE, p REFERENCES {p} (id)); INSERT INTO {__new_q} SELECT id, u, p FROM {q}; DROP TABLE {q}; ALTER TABLE {__new_q} RENAME TO {q};" + parents,
		"child's name exchanged":   "ALTER TABLE {q} RENAME TO {x}; ALTER TABLE {r} RENAME TO {q}; ALTER TABLE {x} RENAME TO {r};" + parents,
		"parent's column renamed":  "ALTER TABLE {p} RENAME COLUMN u TO w;" + children,
		"parent's key renamed":     "ALTER TABLE {p} RENAME COLUMN id TO key;" + children,
		"parent renamed":           "ALTER TABLE {p} RENAME TO {z};" + children,
		"parent's name exchanged":  "ALTER TABLE {p} RENAME TO {x}; ALTER TABLE {r} RENAME TO {p}; ALTER TABLE {x} RENAME TO {r};" + children,
		"both renamed":             "ALTER TABLE {p} RENAME TO {z}; ALTER TABLE {q} RENAME TO {p}; INSERT OR IGNORE INTO {p} (id, u) VALUES ('x', 2), ('y', 3)",
		"both take the other name": "ALTER TABLE {p} RENAME TO {x}; ALTER TABLE {q} RENAME TO {p}; ALTER TABLE {x} RENAME TO {q}; INSERT OR IGNORE INTO {q} VALUES ('x', 2), ('y', 3)",
	} {
		t.Run(name, func(t *testing.T) {
			list := devices(t, 2, `CREATE TABLE {p} (id TEXT PRIMARY KEY, u UNIQUE);
				CREATE TABLE {q} (id TEXT PRIMARY KEY, u UNIQUE, p REFERENCES {p} (id), n);
				CREATE TABLE {r} (id TEXT PRIMARY KEY, v)`)
			a, b := list[0], list[1]
			a.do("INSERT INTO {p} VALUES ('x', 1)", "INSERT INTO {q} VALUES ('x', 1, 'x', 1)")
			b.do("INSERT INTO {p} VALUES ('y', 1)", "INSERT INTO {q} VALUES ('y', 1, 'y', 1)")
			gather(list...)
			for _, m := range list {
				m.restart() // else the shapes of the tables are known already
				m.migrate(text)
			}
			gather(list...)
			agree(t, list...)
			c := newMigrated(t, `CREATE TABLE {p} (id TEXT PRIMARY KEY, u UNIQUE);
				CREATE TABLE {q} (id TEXT PRIMARY KEY, u UNIQUE, p REFERENCES {p} (id), n);
				CREATE TABLE {r} (id TEXT PRIMARY KEY, v)`)
			relay(a, c)
			c.restart()
			c.migrate(text)
			gather(a, b, c)
			agree(t, a, b, c)
		})
	}
}
