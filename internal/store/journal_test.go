package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

const journalTables = `
	CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, x UNIQUE, y CHECK (y IS NOT 3), z NOT NULL DEFAULT 0);
	CREATE INDEX {a1} ON {a} (y, z);
	CREATE INDEX {a2} ON {a} (x + 1) WHERE y > 1;
	CREATE TABLE {b} (k, nc TEXT COLLATE NOCASE, x UNIQUE ON CONFLICT IGNORE, PRIMARY KEY (nc, k));
	CREATE TABLE {c} (k PRIMARY KEY, x UNIQUE, y REAL CHECK (y < 4)) WITHOUT ROWID;
	CREATE TABLE {d} (id INTEGER PRIMARY KEY, x UNIQUE ON CONFLICT FAIL, g AS (x + 1) STORED UNIQUE);
	CREATE TABLE {e} (id PRIMARY KEY, a REFERENCES {a});
	CREATE TABLE {f} (id PRIMARY KEY, x);
	CREATE TRIGGER {f1} AFTER INSERT ON {f} WHEN NEW.x = 3 BEGIN SELECT RAISE(ABORT, 'three'); END;`

// sparedStatements write one row at most, of tables without foreign keys and
// triggers of their own.
var sparedStatements = []string{
	`INSERT INTO {b} VALUES (?1, ?2, ?3)`, `INSERT INTO {c} VALUES (?1, ?2, ?3)`, `INSERT INTO {d} (id, x) VALUES (?1, ?2)`,
	`INSERT OR IGNORE INTO {b} VALUES (?1, ?2, ?3)`, `INSERT OR FAIL INTO {c} VALUES (?1, ?2, ?3)`, `INSERT INTO {d} (x) VALUES (?1)`,
	`INSERT INTO {c} (k, y) VALUES (lower(?1), ?2 + 1)`,
	`UPDATE {b} SET k = ?1 WHERE nc = ?2 AND k = ?3`, `UPDATE {b} SET nc = ?1, k = ?2 WHERE rowid = ?3`, `UPDATE {c} SET x = ?1, y = ?2 WHERE k = ?3`,
	`UPDATE {c} SET k = ?1 WHERE k = ?2`, `UPDATE {d} SET x = x + ?1 WHERE id = ?2`, `UPDATE {d} SET id = ?1 WHERE id = ?2`, `UPDATE OR IGNORE {d} SET x = ?1 WHERE id = ?2`,
	`DELETE FROM {b} WHERE nc = ?1 AND k = ?2`, `DELETE FROM {c} WHERE k = ?1`, `DELETE FROM {d} WHERE id = ?1`, `DELETE FROM {f} WHERE id = ?1`, `UPDATE {f} SET x = ?1 WHERE id = ?2`,
}

// journaled are not, or SQLite itself may need to undo them.
var journaled = []string{
	`INSERT INTO {a} (id, x, y) VALUES (?1, ?2, ?3)`, // e refers to it
	`INSERT INTO {b} VALUES (?1, ?2, ?3), (?2, ?1, 0)`, `INSERT INTO {c} SELECT ?1, ?2, k FROM {c}`,
	`REPLACE INTO {c} VALUES (?1, ?2, ?3)`, `UPDATE OR REPLACE {d} SET x = ?1 WHERE id = ?2`,
	`INSERT INTO {c} VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET y = ?2`,
	`INSERT INTO {d} (x) VALUES (?1) RETURNING json(x)`, `UPDATE {a} SET id = ?1 WHERE id = ?2`, `DELETE FROM {a} WHERE id = ?1`,
	`INSERT INTO {e} VALUES (?1, ?2)`, `UPDATE {e} SET a = ?1 WHERE id = ?2`, `INSERT INTO {f} VALUES (?1, ?2)`,
	`UPDATE {c} SET x = ?1 WHERE k IN (?2, ?3)`, `UPDATE {c} SET x = x + ?1`, `DELETE FROM {d} WHERE x > ?1`, `DELETE FROM {c}`,
	`UPDATE {d} SET x = (SELECT max(x) FROM {d}) + 1 WHERE id = ?1`,
}

func TestOnlyStatementsOfOneRowGoWithoutAJournal(t *testing.T) {
	s, _, _ := tracked(t, journalTables, false)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.UpdateTx(t.Context(), func(tx *Tx) error {
		for want, list := range map[bool][]string{false: sparedStatements, true: journaled} {
			for _, text := range list {
				st, _, err := tx.conn.handle.prepare(own(text), 0)
				if err != nil {
					return err
				}
				if got := *journalFlags(st.p)&usesJournal != 0; got != want {
					t.Errorf("%s has a journal: %v", text, got)
				}
				st.finish()
			}
		}
		return nil
	}))
}

// TestAStatementThatWasPreparedElsewhereLosesItsJournal: those that come
// through database/sql are looked at when they first run.
func TestAStatementThatWasPreparedElsewhereLosesItsJournal(t *testing.T) {
	s, _, p := tracked(t, journalTables, false)
	err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		// In this order: a row that is refused before it is written does not reach
		// the trigger, where the statement is looked at.
		for _, c := range []struct {
			text string
			want bool
		}{{`INSERT INTO {d} (x) VALUES (?1)`, false}, {`INSERT INTO {d} (x) VALUES (?1), (?1 + 10)`, true}} {
			text, want := c.text, c.want
			st, _, err := tx.conn.handle.prepare(own(text), 0)
			if err != nil {
				return err
			}
			defer st.finish()
			*journalFlags(st.p) |= usesJournal
			for i := range int64(3) {
				if err := st.bind([]any{10 + i}); err != nil {
					return err
				}
				_, _ = st.step() // some fail
				sqlite3.Xsqlite3_reset(st.tls, st.p)
				if got := *journalFlags(st.p)&usesJournal != 0; got != want {
					t.Errorf("run %d of %s: %v", i, text, got)
				}
			}
		}
		return nil
	})
	if err != nil || p.take() == "" {
		t.Fatal(err)
	}
}

// TestStatementJournalIsWhereItIsExpected fails when a new version of SQLite
// keeps the flag elsewhere.
func TestStatementJournalIsWhereItIsExpected(t *testing.T) {
	s := create(t)
	err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		h := tx.conn.handle
		if err := h.exec(`CREATE TABLE a (x UNIQUE); CREATE TABLE b (x UNIQUE); CREATE TRIGGER c AFTER INSERT ON b BEGIN SELECT 1; END`); err != nil {
			return err
		}
		for text, want := range map[string]bool{
			`INSERT INTO a VALUES (1)`: false, `INSERT INTO a VALUES (1), (2)`: true, `INSERT INTO a SELECT x FROM a`: true,
			`INSERT INTO b VALUES (1)`: true, `INSERT OR ROLLBACK INTO b VALUES (1)`: false, `SELECT * FROM a`: false, `DELETE FROM a`: false,
		} {
			st, _, err := h.prepare(text, 0)
			if err != nil {
				return err
			}
			flags := *journalFlags(st.p)
			if got := flags&usesJournal != 0; got != want {
				t.Errorf("%s: %v", text, got)
			}
			if readOnly := flags&(usesJournal<<1) != 0; readOnly != st.readOnly() {
				t.Errorf("%s only reads: %v", text, readOnly)
			}
			st.finish()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAJournalMakesNoDifference runs the same statements with and without.
func TestAJournalMakesNoDifference(t *testing.T) {
	for _, history := range []bool{false, true} {
		var sides [2]journalSide
		for i := range sides {
			side := &sides[i]
			side.keep = i == 1
			side.s, _, side.tape = tracked(t, journalTables, history)
		}
		rng := rand.New(rand.NewPCG(3, 7))
		failed := 0
		for range 120 {
			var list []journalStep
			for range 1 + rng.IntN(6) {
				texts := sparedStatements
				if rng.IntN(2) == 0 {
					texts = journaled
				}
				step := journalStep{text: texts[rng.IntN(len(texts))], again: rng.IntN(3)}
				for range 9 {
					step.values = append(step.values, []any{int64(0), int64(1), int64(2), int64(3), int64(4), "a", "A", "b", nil, 1.5}[rng.IntN(10)])
				}
				list = append(list, step)
			}
			a, b := sides[0].run(t, list), sides[1].run(t, list)
			if a != b {
				t.Fatalf("%+v\n without: %s\n with: %s", list, a, b)
			}
			if strings.Contains(a, "sqlite 19") || strings.Contains(a, "sqlite 12") || strings.Contains(a, "sqlite 27") {
				failed++
			}
		}
		if failed < 20 {
			t.Errorf("only %d transactions had statements that failed", failed)
		}
		if a, b := dump(t, sides[0].s), dump(t, sides[1].s); a != b {
			t.Errorf("without\n%s\nwith\n%s", a, b)
		}
	}
}

// journalSide is a store; keep makes its statements have a journal.
type journalSide struct {
	s    *Store
	tape *tape
	keep bool
}

type journalStep struct {
	text   string
	values []any
	again  int
}

// run runs a transaction, which goes on after statements that fail, but for
// those that fail because of a key, and returns what happened.
func (j *journalSide) run(t *testing.T, list []journalStep) string {
	var said strings.Builder
	err := j.s.UpdateTx(t.Context(), func(tx *Tx) error {
		for _, step := range list {
			st, _, err := tx.conn.handle.prepare(own(step.text), 0)
			if err != nil {
				return err
			}
			defer st.finish()
			for n := range step.again + 1 {
				if j.keep && step.isSpared() {
					*journalFlags(st.p) |= usesJournal
				}
				if err := st.bind(step.values[n : n+st.parameters()]); err != nil {
					return err
				}
				_, err := st.step()
				sqlite3.Xsqlite3_reset(st.tls, st.p)
				fmt.Fprintln(&said, err, tx.Changes(), tx.LastInsertID())
				if err != nil && (strings.Contains(err.Error(), "other devices know it") || st.autocommit()) {
					return err
				}
			}
		}
		return nil
	})
	return fmt.Sprint(said.String(), err, j.tape.take(), dump(t, j.s))
}

func (s *journalStep) isSpared() bool {
	for _, text := range sparedStatements {
		if text == s.text {
			return true
		}
	}
	return false
}

func TestATransactionEndsWithAStatementThatCannotBeUndone(t *testing.T) {
	s, c, p := tracked(t, journalTables, false)
	execute(t, c, `INSERT INTO {b} VALUES (1, 'a', 1)`)
	p.take()
	before := dump(t, s)
	insert := func(tx *Tx) error { return tx.Query(own(`INSERT INTO {b} VALUES (NULL, 'b', 2)`)).Run() }
	err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		if err := insert(tx); err == nil {
			t.Error("a key that is NULL was taken")
		}
		return nil
	})
	if err == nil || dump(t, s) != before || p.take() != "" {
		t.Errorf("%v\n%s", err, dump(t, s))
	}
	// A savepoint undoes it, too.
	err = s.UpdateTx(t.Context(), func(tx *Tx) error {
		if err := tx.Exec("SAVEPOINT s"); err != nil {
			return err
		}
		if err := insert(tx); err == nil {
			t.Error("a key that is NULL was taken")
		}
		return tx.Exec("ROLLBACK TO s")
	})
	if err != nil || dump(t, s) != before || p.take() != "" {
		t.Errorf("%v\n%s", err, dump(t, s))
	}
	execute(t, c, `INSERT INTO {b} VALUES (2, 'b', 2)`)
}
