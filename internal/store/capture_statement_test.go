package store

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// capturing is one table of cases: each statement is a transaction of its own.
type capturing struct {
	text string
	want string // what the tracker is told, and an error's code in parentheses
}

func (tt capturing) check(t *testing.T, c *Confined, p *tape) {
	t.Helper()
	var list []Statement
	for _, text := range strings.Split(tt.text, ";;") {
		list = append(list, Statement{SQL: own(text)})
	}
	_, err := c.Transaction(t.Context(), list)
	got := p.take()
	if err != nil {
		got += "(" + fault.Code(err) + ")"
	}
	if got != tt.want {
		t.Errorf("%s\n got %s %v\nwant %s", tt.text, got, err, tt.want)
	}
}

func TestStatementsAreCaptured(t *testing.T) {
	_, c, p := tracked(t, `
		CREATE TABLE {a} (k TEXT PRIMARY KEY NOT NULL, x, y UNIQUE);
		CREATE TABLE {b} (id INTEGER PRIMARY KEY, x, y UNIQUE);`, false)
	for _, tt := range []capturing{
		{`INSERT INTO {a} VALUES ('k1', 1, 1)`, `i1:1`},
		{`INSERT INTO {a} VALUES ('k2', 1, 2), ('k3', 1, 3), ('k4', 1, 4) RETURNING k`, `i1:2-4`},
		{`INSERT INTO {a} SELECT 'k' || value, 1, value FROM json_each('[5,6,7]') RETURNING *`, `i1:5-7`},
		{`INSERT INTO {a} VALUES ('k8', 1, 8), ('k1', 1, 9)`, `(db.constraint)`},
		{`INSERT OR IGNORE INTO {a} VALUES ('k1', 1, 9), ('k8', 1, 8), ('k9', 1, 1)`, `i1:8`},
		{`INSERT OR FAIL INTO {a} VALUES ('k9', 1, 9), ('k1', 1, 1)`, `(db.constraint)`},
		{`INSERT INTO {a} VALUES ('k1', 5, 5) ON CONFLICT (k) DO UPDATE SET x = excluded.x`, `u1:1/10`},
		{`INSERT INTO {a} VALUES ('k1', 5, 1) ON CONFLICT DO NOTHING`, ``},
		{`INSERT INTO {a} VALUES ('k1', 5, 1) ON CONFLICT (k) DO UPDATE SET k = 'K1', y = 11`, `i1:1 d1:1@"k1"`},
		{`INSERT INTO {a} VALUES ('kx', 7, 2) ON CONFLICT (y) DO UPDATE SET x = 7 RETURNING x`, `u1:2/10`},

		{`UPDATE {a} SET x = x`, ``},
		{`UPDATE {a} SET x = 1.0 WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = 1 WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = '1' WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = x'31' WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = NULL WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = 0.0 WHERE k = 'k3'`, `u1:3/10`},
		{`UPDATE {a} SET x = 9, y = y + 100 WHERE k IN ('k4', 'k5')`, `u1:4/110 u1:5/110`},
		{`UPDATE {a} SET x = 8 WHERE k = 'k4';;UPDATE {a} SET y = -4 WHERE k = 'k4';;UPDATE {a} SET x = 8`, `u1:1/10 u1:2/10 u1:3/10 u1:4/110 u1:5/10 u1:6/10 u1:7/10 u1:8/10`},
		{`UPDATE {a} SET k = 'k0' WHERE k = 'K1'`, `i1:1 d1:1@"K1"`},
		{`UPDATE {a} SET rowid = 19 WHERE k = 'k8'`, `i1:19 d1:8@"k8"`},
		{`UPDATE {a} SET y = 2 WHERE y = 3`, `(db.constraint)`},
		{`UPDATE OR IGNORE {a} SET y = 2 WHERE y > 2`, ``},
		{`UPDATE OR REPLACE {a} SET y = 2 WHERE k = 'k3'`, `u1:3/100 d1:2@"k2"`},
		{`UPDATE OR REPLACE {a} SET k = 'k4' WHERE k = 'k3'`, `i1:3 d1:3@"k3" d1:4@"k4"`},
		{`UPDATE {a} SET k = 'z' || k WHERE k >= 'k5' RETURNING k`, `i1:5-7 i1:19 d1:5@"k5" d1:6@"k6" d1:7@"k7" d1:19@"k8"`},

		{`DELETE FROM {a} WHERE k = 'nothing'`, ``},
		{`DELETE FROM {a} WHERE rowid IN (6, 7) RETURNING k`, `d1:6@"zk6" d1:7@"zk7"`},
		// A run of inserts ends where a row of the next rowid was deleted.
		{`INSERT INTO {a} (rowid, k) VALUES (21, 'old')`, `i1:21`},
		{
			`INSERT INTO {a} (rowid, k) VALUES (20, 'p');;DELETE FROM {a} WHERE k = 'old';;INSERT INTO {a} (rowid, k) VALUES (21, 'new');;DELETE FROM {a} WHERE k = 'new';;DELETE FROM {a} WHERE k = 'p'`,
			`d1:21@"old"`,
		},
		{`DELETE FROM {a}`, `d1:1@"k0" d1:3@"k4" d1:5@"zk5" d1:19@"zk8"`},

		{
			`INSERT INTO {b} VALUES (7, 1, 1), (5, 2, 2), (6, 3, 3), (9223372036854775807, 4, 4), (-9223372036854775808, 5, 5)`,
			`i2:-9223372036854775808 i2:5-7 i2:9223372036854775807`,
		},
		{`REPLACE INTO {b} VALUES (7, 5, 5)`, `i2:7 d2:-9223372036854775808@-9223372036854775808 d2:7@7`},
		{`REPLACE INTO {b} VALUES (8, 6, 5), (9, 7, 7)`, `i2:8-9 d2:7@7`},
		{`UPDATE {b} SET id = id - 100 WHERE id < 7`, `i2:-95--94 d2:5@5 d2:6@6`},
		{`INSERT INTO {b} VALUES (1, 1, 11);;UPDATE {b} SET x = 2 WHERE id = 1;;DELETE FROM {b} WHERE id = 1`, ``},
		{`INSERT INTO {b} VALUES (1, 1, 11);;UPDATE {b} SET x = 2 WHERE id = 1`, `i2:1`},
		{`UPDATE {b} SET x = 3 WHERE id = 1;;DELETE FROM {b} WHERE id = 1;;INSERT INTO {b} VALUES (1, 1, 11);;UPDATE {b} SET x = 4 WHERE id = 1`, `i2:1 d2:1@1`},
		{`DELETE FROM {b} WHERE id = 1;;INSERT INTO {b} VALUES (1, 1, 11);;DELETE FROM {b} WHERE id = 1`, `d2:1@1`},
		{`INSERT INTO {b} VALUES (2, 1, 21);;DELETE FROM {b} WHERE id = 8;;INSERT INTO {b} VALUES (8, 1, 22), (3, 1, 23)`, `i2:2-3 i2:8 d2:8@8`},
		{`DELETE FROM {b}`, `d2:-95@-95 d2:-94@-94 d2:2@2 d2:3@3 d2:8@8 d2:9@9 d2:9223372036854775807@9223372036854775807`},
		{`INSERT INTO {a} VALUES ('a', 1, 1);;INSERT INTO {b} VALUES (1, 1, 1);;INSERT INTO {a} VALUES ('b', 1, 2);;INSERT INTO {b} VALUES (2, 1, 2)`, `i1:1-2 i2:1-2`},
		{`INSERT INTO {b} VALUES (5, 1, 5);;DELETE FROM {b} WHERE id = 5;;INSERT INTO {b} VALUES (6, 1, 6);;DELETE FROM {b} WHERE id = 6;;INSERT INTO {b} VALUES (5, 1, 5), (6, 1, 6)`, `i2:5-6`},
	} {
		tt.check(t, c, p)
	}
}

func TestKeysOfAllShapesAreCaptured(t *testing.T) {
	_, c, p := tracked(t, `
		CREATE TABLE {a} (nc TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, x);
		CREATE TABLE {b} (k PRIMARY KEY, x);
		CREATE TABLE {c} (a, rt COLLATE RTRIM, x, PRIMARY KEY (rt, a));
		CREATE TABLE {d} (k BLOB PRIMARY KEY, x) WITHOUT ROWID;
		CREATE TABLE {e} (nc TEXT COLLATE NOCASE, b INT, x, PRIMARY KEY (b, nc)) WITHOUT ROWID;
		CREATE TABLE {f} (rowid TEXT PRIMARY KEY NOT NULL, oid, x);
		CREATE TABLE {g} (id INTEGER PRIMARY KEY AUTOINCREMENT, x, g AS (x + 1), h AS (x + 2) STORED);`, false)
	for _, tt := range []capturing{
		{`INSERT INTO {a} VALUES ('Key', 1)`, `i1:1`},
		{`UPDATE {a} SET nc = 'kEY'`, `u1:1/1`},
		{`UPDATE {a} SET nc = 'kEYs', x = 1`, `i1:1 d1:1@"key"`},
		{`DELETE FROM {a}`, `d1:1@"keys"`},

		{`INSERT INTO {b} VALUES (1, 1), (1.5, 2), ('1', 3), (x'31', 4)`, `i2:1-4`},
		{`UPDATE {b} SET k = 1.0 WHERE k = 1`, `u2:1/1`},
		{`UPDATE {b} SET k = 2 WHERE k = 1`, `i2:1 d2:1@1`},
		{`UPDATE {b} SET k = x'32' WHERE k = '1'`, `i2:3 d2:3@"1"`},
		{`UPDATE {b} SET k = NULL WHERE k = 2`, `(db.constraint)`},
		{`INSERT INTO {b} VALUES (7, 1), (NULL, 2)`, `(db.constraint)`},
		{`INSERT OR IGNORE INTO {b} VALUES (NULL, 2)`, `(db.constraint)`},
		{`DELETE FROM {b}`, `d2:1@2 d2:2@1.5 d2:3@[]byte{0x32} d2:4@[]byte{0x31}`},

		{`INSERT INTO {c} VALUES (1, 'a', 1), (1, 'b ', 1)`, `i3:1-2`},
		{`UPDATE {c} SET rt = 'a   ', a = 1.0 WHERE rt = 'a'`, `u3:1/11`},
		{`UPDATE {c} SET rt = 'b', a = 2 WHERE rt = 'b'`, `i3:2 d3:2@"b",1`},
		{`INSERT INTO {c} VALUES (NULL, 'c', 1)`, `(db.constraint)`},
		{`DELETE FROM {c} WHERE rt = 'a'`, `d3:1@"a",1`},

		{`INSERT INTO {d} VALUES (x'01', 1), ('b', 1)`, `i4:"b" i4:[]byte{0x1}`},
		{`UPDATE {d} SET x = 2`, `u4:"b"/10 u4:[]byte{0x1}/10`},
		{`UPDATE {d} SET k = x'02' WHERE k = x'01'`, `i4:[]byte{0x2} d4:[]byte{0x1}`},
		{`REPLACE INTO {d} VALUES ('b', 2)`, `i4:"b" d4:"b"`},
		{
			`DELETE FROM {d} WHERE k = 'b';;INSERT INTO {d} VALUES ('b', 2);;UPDATE {d} SET x = 3;;INSERT INTO {d} VALUES ('q', 2);;DELETE FROM {d} WHERE k = 'q'`,
			`i4:"b" u4:[]byte{0x2}/10 d4:"b"`,
		},
		{`INSERT INTO {d} VALUES (NULL, 2)`, `(db.constraint)`},
		{`DELETE FROM {d}`, `d4:"b" d4:[]byte{0x2}`},

		{`INSERT INTO {e} VALUES ('A', 1, 1), ('B', 1, 1), ('B', 2, 1)`, `i5:1,"a" i5:1,"b" i5:2,"b"`},
		{`UPDATE {e} SET nc = lower(nc)`, `u5:1,"a"/1 u5:1,"b"/1 u5:2,"b"/1`},
		{`UPDATE {e} SET b = b + 2 WHERE nc = 'b'`, `i5:3,"b" i5:4,"b" d5:1,"b" d5:2,"b"`},
		{`UPDATE {e} SET b = b + 1 WHERE nc = 'b' AND b = 4;;UPDATE {e} SET b = b + 1 WHERE nc = 'b' AND b = 3`, `i5:4,"b" i5:5,"b" d5:3,"b" d5:4,"b"`},

		{`INSERT INTO {f} VALUES ('a', 1, 1)`, `i6:1`},
		{`UPDATE {f} SET oid = 2`, `u6:1/10`},
		{`UPDATE {f} SET _rowid_ = 2`, `i6:2 d6:1@"a"`},
		{`DELETE FROM {f}`, `d6:2@"a"`},

		{`INSERT INTO {g} (x) VALUES (1), (2)`, `i7:1-2`},
		{`UPDATE {g} SET x = 5 WHERE h = 4`, `u7:2/10`},
		{`DELETE FROM {g} WHERE g = 2`, `d7:1@1`},
	} {
		tt.check(t, c, p)
	}
	_, err := c.Execute(t.Context(), Statement{SQL: own(`INSERT INTO {b} VALUES (NULL, 1)`)})
	f := fault.Of(err)
	if f == nil || f.Data["constraint"] != "not_null" || !strings.Contains(f.Message, "b.k is NULL, but a row needs a value in every column of its primary key") {
		t.Errorf("a NULL in a key: %v", err)
	}
	if n := query(t, c, `SELECT count(*) FROM {b}`).Rows[0][0]; n != int64(0) {
		t.Errorf("%v rows of refused statements", n)
	}
}

func TestTriggersAndForeignKeysAreCaptured(t *testing.T) {
	_, c, p := tracked(t, `
		CREATE TABLE {a} (id INTEGER PRIMARY KEY, x);
		CREATE TABLE {b} (id INTEGER PRIMARY KEY, a REFERENCES {a} ON DELETE CASCADE ON UPDATE CASCADE);
		CREATE TABLE {c} (id INTEGER PRIMARY KEY, b REFERENCES {b} ON DELETE SET NULL ON UPDATE SET DEFAULT);
		CREATE TABLE {d} (id INTEGER PRIMARY KEY, x);
		CREATE TRIGGER {d1} AFTER INSERT ON {d} WHEN NEW.x = 'twice' BEGIN UPDATE {d} SET x = 'once' WHERE id = NEW.id; END;
		CREATE TRIGGER {d2} AFTER INSERT ON {d} WHEN NEW.x = 'fail' BEGIN SELECT RAISE(FAIL, 'no'); END;
		CREATE TRIGGER {d3} AFTER INSERT ON {d} WHEN NEW.x = 'ignore' BEGIN SELECT RAISE(IGNORE); END;
		CREATE TRIGGER {d4} AFTER UPDATE ON {d} WHEN NEW.x = 'other' BEGIN INSERT INTO {a} VALUES (NEW.id, 'd'); END;
		CREATE TRIGGER {d5} BEFORE DELETE ON {d} WHEN OLD.x = 'keep' BEGIN SELECT RAISE(IGNORE); END;
		CREATE TABLE {e} (id INTEGER PRIMARY KEY, x);
		CREATE TABLE {f} (id INTEGER PRIMARY KEY, e REFERENCES {e} ON DELETE CASCADE);
		CREATE TRIGGER {f1} AFTER DELETE ON {f} BEGIN INSERT INTO {e} VALUES (OLD.e, 'again'); END;
		CREATE TABLE {g} (k TEXT PRIMARY KEY NOT NULL);
		CREATE TABLE {h} (k TEXT REFERENCES {g} ON DELETE CASCADE, id INTEGER PRIMARY KEY);
		CREATE TRIGGER {h1} AFTER DELETE ON {h} BEGIN INSERT INTO {g} (rowid, k) VALUES (1, 'new'); DELETE FROM {g} WHERE OLD.id = 2; END;`, false)
	for _, tt := range []capturing{
		{`INSERT INTO {a} VALUES (1, 'a'), (2, 'a');;INSERT INTO {b} VALUES (1, 1), (2, 1), (3, 2);;INSERT INTO {c} VALUES (1, 1), (2, 2)`, `i1:1-2 i2:1-3 i3:1-2`},
		{`UPDATE {a} SET id = 5 WHERE id = 2`, `i1:5 d1:2@2 u2:3/10`},
		{`DELETE FROM {a} WHERE id = 1`, `d1:1@1 d2:1@1 d2:2@2 u3:1/10 u3:2/10`},
		{`INSERT INTO {c} VALUES (3, 99)`, `(db.constraint)`},
		{`INSERT INTO {d} VALUES (1, 'twice'), (2, 'x')`, `i4:1-2`},
		{`INSERT INTO {d} VALUES (3, 'ok'), (4, 'ignore'), (5, 'ok')`, `i4:3-5`},
		{`UPDATE {d} SET x = 'other' WHERE id > 3`, `(db.constraint)`}, // 5 is in a
		{`UPDATE {d} SET x = 'other' WHERE id = 3`, `i1:3 u4:3/10`},
		{`UPDATE {d} SET x = 'keep' WHERE id = 4;;DELETE FROM {d}`, `u4:4/10 d4:1@1 d4:2@2 d4:3@3 d4:5@5`},
		// A row that is made while the one of its rowid goes.
		{`INSERT INTO {e} VALUES (7, 'once');;INSERT INTO {f} VALUES (1, 7)`, `i5:7 i6:1`},
		{`DELETE FROM {e} WHERE id = 7`, `i5:7 d5:7@7 d6:1@1`},
		{`INSERT INTO {g} VALUES ('old');;INSERT INTO {h} VALUES ('old', 1)`, `i7:1 i8:1`},
		{`DELETE FROM {g}`, `i7:1 d7:1@"old" d8:1@1`},
		{`INSERT INTO {h} VALUES ('new', 2)`, `i8:2`},
		{`DELETE FROM {g}`, `d7:1@"new" d8:2@2`},
		{`INSERT INTO {g} VALUES ('t');;DELETE FROM {g};;INSERT INTO {g} VALUES ('u');;DELETE FROM {g}`, ``},
	} {
		tt.check(t, c, p)
	}
}

// TestPartsOfATransactionAreUndone uses what only the host can: statements
// that fail without ending the transaction, and savepoints.
func TestPartsOfATransactionAreUndone(t *testing.T) {
	s, _, p := tracked(t, `
		CREATE TABLE {a} (id INTEGER PRIMARY KEY, x, y UNIQUE CHECK (y > 0));
		CREATE TRIGGER {a1} AFTER INSERT ON {a} WHEN NEW.x = 'fail' BEGIN SELECT RAISE(FAIL, 'no'); END;
		CREATE TRIGGER {a2} AFTER INSERT ON {a} WHEN NEW.x = 'abort' BEGIN SELECT RAISE(ABORT, 'no'); END;
		CREATE TRIGGER {a3} AFTER UPDATE ON {a} WHEN NEW.x = 'fail' BEGIN SELECT RAISE(FAIL, 'no'); END;
		CREATE TABLE {b} (k PRIMARY KEY, x);
		CREATE TABLE {c} (k, PRIMARY KEY (k));`, false)
	for _, tt := range []capturing{
		{`INSERT INTO {a} VALUES (1, 'a', 1);;-INSERT INTO {a} VALUES (2, 'a', 2), (3, 'a', 1);;INSERT INTO {a} VALUES (4, 'a', 4)`, `i1:1 i1:4`},
		{`-INSERT OR FAIL INTO {a} VALUES (5, 'a', 5), (6, 'a', 1), (7, 'a', 7)`, `i1:5`},
		{`-INSERT OR FAIL INTO {a} VALUES (10, 'a', 10), (11, 'fail', 11), (12, 'a', 12)`, `i1:10-11`},
		{`-INSERT INTO {a} VALUES (20, 'a', 20), (21, 'abort', 21)`, ``},
		{`-UPDATE {a} SET x = 'fail' WHERE id IN (4, 5)`, `u1:4/10`},
		{`-UPDATE {a} SET y = y - 4`, ``},
		{`-UPDATE OR FAIL {a} SET y = CASE id WHEN 10 THEN 50 ELSE 1 END WHERE id >= 10`, `u1:10/100`},
		{`SAVEPOINT s;;DELETE FROM {a};;ROLLBACK TO s;;DELETE FROM {a} WHERE id = 4;;RELEASE s`, `d1:4@4`},
		{`INSERT INTO {a} VALUES (30, 'a', 30);;SAVEPOINT s;;INSERT INTO {a} VALUES (31, 'a', 31);;SAVEPOINT t;;INSERT INTO {a} VALUES (32, 'a', 32);;` +
			`RELEASE t;;-INSERT INTO {a} VALUES (33, 'a', 33), (33, 'a', 33);;ROLLBACK TO s;;INSERT INTO {a} VALUES (31, 'b', 31)`, `i1:30-31`},
		{`SAVEPOINT s;;SAVEPOINT t;;UPDATE {a} SET x = 'z' WHERE id = 30;;ROLLBACK TO t;;ROLLBACK TO s;;RELEASE s`, ``},
		{`-INSERT INTO {b} SELECT value, 1 FROM json_each('[1, 2, null, 3]')`, ``},
		{`-INSERT OR FAIL INTO {b} SELECT value, 1 FROM json_each('[1, 2, null, 3]')`, ``},
		{`INSERT INTO {b} VALUES (1, 1), (2, 2);;-UPDATE {b} SET k = nullif(k, 2), x = 5`, `i2:1-2`},
		{`-INSERT OR IGNORE INTO {c} SELECT value FROM json_each('[1, 2, null, 3]')`, ``},
		{`INSERT INTO {a} VALUES (40, 'a', 40);;-INSERT OR ROLLBACK INTO {a} VALUES (41, 'a', 40)`, `undone`},
	} {
		before := p.undone
		err := s.Update(t.Context(), func(tx *sql.Tx) error {
			for _, text := range strings.Split(tt.text, ";;") {
				text, fails := strings.CutPrefix(text, "-")
				if _, err := tx.Exec(own(text)); (err != nil) != fails {
					t.Errorf("%s: %v", text, err)
				}
			}
			return nil
		})
		got := p.take()
		if err != nil && p.undone == before+1 {
			got += "undone"
		}
		if got != tt.want {
			t.Errorf("%s\n got %s %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

func TestOldValuesAreCaptured(t *testing.T) {
	s, c, p := tracked(t, `
		CREATE TABLE {a} (id INTEGER PRIMARY KEY, x, y);
		CREATE TABLE {b} (x, y, k TEXT PRIMARY KEY) WITHOUT ROWID;`, true)
	execute(t, c, `INSERT INTO {a} VALUES (1, 'x', 1.5), (2, NULL, x'01'), (3, '', 3)`)
	execute(t, c, `INSERT INTO {b} VALUES (1, 2, 'k')`)
	p.take()
	for _, tt := range []capturing{
		{`UPDATE {a} SET x = 'z' WHERE id < 3`, `u1:1/10="x" u1:2/10=<nil>`},
		{`UPDATE {a} SET y = 2 WHERE id = 1;;UPDATE {a} SET y = 3, x = 4 WHERE id = 1`, `u1:1/110="z",1.5`},
		{`UPDATE {a} SET y = 5 WHERE id = 2;;DELETE FROM {a} WHERE id = 2`, `d1:2@2=2,"z",[]byte{0x1}`},
		{`UPDATE {a} SET x = 5 WHERE id = 3;;UPDATE {a} SET id = 9 WHERE id = 3`, `i1:9 d1:3@3=3,"",3`},
		{`REPLACE INTO {a} VALUES (9, 1, 1);;UPDATE {a} SET x = 2 WHERE id = 9`, `i1:9 d1:9@9=9,5,3`},
		{`UPDATE {b} SET x = 5, y = 6`, `u2:"k"/11=1,2`},
		{`UPDATE {b} SET x = 7, k = 'l'`, `i2:"l" d2:"k"=5,6,"k"`},
	} {
		tt.check(t, c, p)
	}
	s.writer.capture.maxOldBytes = 10
	capturing{`UPDATE {a} SET x = hex(zeroblob(8));;UPDATE {a} SET x = hex(zeroblob(9));;DELETE FROM {b}`, `u1:1/10 u1:9/10 d2:"l" old dropped`}.check(t, c, p)
	capturing{`UPDATE {a} SET x = 1 WHERE id = 0;;INSERT INTO {b} VALUES (1, 2, 'm');;DELETE FROM {b} WHERE x = 2`, `i2:"m"`}.check(t, c, p)
}

func TestAnExtensionSeesNothingOfCapture(t *testing.T) {
	const tables = `
		CREATE TABLE {a} (id INTEGER PRIMARY KEY, x UNIQUE);
		CREATE TABLE {b} (a PRIMARY KEY REFERENCES {a} ON DELETE CASCADE);
		CREATE TRIGGER {a1} AFTER INSERT ON {a} BEGIN INSERT INTO {b} VALUES (NEW.id); END;`
	statements := []string{
		`INSERT INTO {a} VALUES (7, 1), (8, 2)`, `SELECT last_insert_rowid()`, `UPDATE {a} SET x = x + 10 RETURNING id, x`,
		`INSERT INTO {a} VALUES (9, 11) ON CONFLICT DO NOTHING`, `REPLACE INTO {a} VALUES (10, 11)`, `DELETE FROM {a} WHERE id = 8`,
		`SELECT last_insert_rowid()`, `DELETE FROM {b}`, `INSERT INTO {b} SELECT id FROM {a}`, `EXPLAIN QUERY PLAN UPDATE {a} SET x = 1 WHERE id = 3`,
	}
	var list []Statement
	for _, text := range statements {
		list = append(list, Statement{SQL: own(text)})
	}
	var outcomes [2][]Outcome
	for i := range outcomes {
		s, c, p := tracked(t, tables, false)
		if i == 0 {
			if err := s.UpdateTx(t.Context(), func(tx *Tx) error {
				if err := tx.Untrack(1); err != nil {
					return err
				}
				return tx.Untrack(2)
			}); err != nil {
				t.Fatal(err)
			}
		}
		p.flush = func(tx *Tx, _ *Changes) error {
			return tx.Exec("INSERT INTO alcove_crdt_tx VALUES (99, x''); DELETE FROM alcove_crdt_tx")
		}
		var err error
		if outcomes[i], err = c.Transaction(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if said := p.take(); (said == "") != (i == 0) {
			t.Errorf("captured %q", said)
		}
		for _, text := range statements[2:] {
			outcomes[i] = append(outcomes[i], execute(t, c, text))
		}
		for _, text := range []string{`EXPLAIN QUERY PLAN INSERT INTO {a} VALUES (1, 1)`, `EXPLAIN QUERY PLAN DELETE FROM {a}`} {
			outcomes[i] = append(outcomes[i], execute(t, c, text))
		}
		_, err = c.Query(t.Context(), Statement{SQL: own(`INSERT INTO {a} VALUES (1, 1)`)})
		if fault.Code(err) != "db.not_a_query" {
			t.Errorf("a query that writes: %v", err)
		}
	}
	if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
		t.Error(diff)
	}
}
