package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"github.com/alcove-vault/alcove/internal/fault"
)

const oneTable = `CREATE TABLE {a} (id INTEGER PRIMARY KEY, x UNIQUE);`

func TestACommitCannotPassTheTracker(t *testing.T) {
	s, c, p := tracked(t, oneTable, false)
	insert := own(`INSERT INTO {a} (x) VALUES (?)`)
	refused := errors.New("refused by the tracker")
	for what, fn := range map[string]func(*sql.Tx) error{
		"COMMIT as a statement": func(tx *sql.Tx) error {
			_, err := tx.Exec(insert, 1)
			if err == nil {
				_, err = tx.Exec("COMMIT")
			}
			return err
		},
		"a transaction of its own": func(tx *sql.Tx) error {
			if _, err := tx.Exec("COMMIT; BEGIN"); err != nil {
				return err
			}
			_, err := tx.Exec(insert, 2)
			return err
		},
		"no transaction": func(tx *sql.Tx) error {
			if _, err := tx.Exec("ROLLBACK"); err != nil {
				return err
			}
			_, err := tx.Exec(insert, 3)
			return err
		},
		"what Flush refuses": func(tx *sql.Tx) error {
			p.flush = func(*Tx, *Changes) error { return refused }
			_, err := tx.Exec(insert, 4)
			return err
		},
	} {
		before := p.undone
		if err := s.Update(t.Context(), fn); err == nil {
			t.Errorf("%s: no error", what)
		}
		p.flush = nil
		if p.undone != before+1 {
			t.Errorf("%s: the tracker heard %d times that it was undone", what, p.undone-before)
		}
		if rows := query(t, c, `SELECT * FROM {a}`).Rows; len(rows) != 0 {
			t.Errorf("%s: %v was written", what, rows)
		}
	}
	p.take()
	execute(t, c, `INSERT INTO {a} (x) VALUES (5)`)
	if got := p.take(); got != "i1:1" {
		t.Errorf("afterwards: %s", got)
	}
	_, err := s.writer.sql.ExecContext(t.Context(), insert, 6)
	if err == nil || !strings.Contains(err.Error(), "not tracked") {
		t.Errorf("without a transaction: %v", err)
	}
	s.tracker = nil
	if _, err := c.Execute(t.Context(), Statement{SQL: own(`DELETE FROM {a}`)}); err == nil {
		t.Error("a change that nobody tracks was committed")
	}
}

func TestAnotherOpenerCannotWriteTrackedTables(t *testing.T) {
	s, _, _ := tracked(t, oneTable, false)
	dir := dirOf(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, testKeys{name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
	defer c.Close()
	insert := Statement{SQL: own(`INSERT INTO {a} VALUES (1, 1)`)}
	if _, err := c.Execute(t.Context(), insert); err == nil || !strings.Contains(err.Error(), "before tracking has begun") {
		t.Errorf("before tracking begins: %v", err)
	}
	p := &tape{}
	s.SetTracker(p)
	schema := dump(t, s)
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { return trackAll(tx, false) }); err != nil {
		t.Fatal(err)
	}
	if dump(t, s) != schema {
		t.Error("tracking again made other triggers")
	}
	if _, err := c.Execute(t.Context(), insert); err != nil || p.take() != "i1:1" {
		t.Errorf("after it: %v", err)
	}
	// A connection without the functions.
	pool := sql.OpenDB(connector{driver: &sqlite.Driver{}, dsn: s.dsn(writer)})
	defer pool.Close()
	if _, err := pool.Exec(insert.SQL); err == nil || !strings.Contains(err.Error(), "no such function") {
		t.Errorf("a connection that does not know tracking: %v", err)
	}
}

func TestAnExtensionCannotReachCapture(t *testing.T) {
	s, c, p := tracked(t, oneTable, false)
	for _, text := range []string{
		`SELECT alcove_crdt_i(1, 5)`,
		`WITH "alcove_crdt_t_1_i" AS (SELECT 1) SELECT alcove_crdt_i(1, 5)`,
		`DELETE FROM alcove_crdt_savepoint`,
		`SELECT * FROM alcove_crdt_savepoint`,
		`UPDATE {a} SET x = alcove_crdt_d(1, 1, 1)`,
	} {
		for _, exec := range []func() error{
			func() error { _, err := c.Query(t.Context(), Statement{SQL: own(text)}); return err },
			func() error { _, err := c.Execute(t.Context(), Statement{SQL: own(text)}); return err },
			func() error { return migrate(s, 1, notesPrefix, migration("0001", oneTable), migration("0002", text)) },
		} {
			err := exec()
			if f := fault.Of(err); f.Code != "db.denied" && f.Data["cause"] != "db.denied" {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	for _, text := range []string{
		`DROP TRIGGER alcove_crdt_t_1_i`, `CREATE TRIGGER alcove_crdt_t_9_i AFTER INSERT ON {a} BEGIN SELECT 1; END`,
		`CREATE TRIGGER {mine} AFTER INSERT ON {a} WHEN alcove_crdt_i(1, 9) BEGIN SELECT 1; END`, `PRAGMA recursive_triggers = 0`,
		`CREATE VIEW {v} AS SELECT alcove_crdt_i(1, 9)`, `CREATE INDEX {i} ON {a} (alcove_crdt_i(1, x))`, `PRAGMA writable_schema = 1`,
	} {
		if err := migrate(s, 1, notesPrefix, migration("0001", oneTable), migration("0002", text)); err == nil {
			t.Errorf("%s is allowed", text)
		}
	}
	if said := p.take(); said != "" {
		t.Errorf("captured %s", said)
	}

	// What forbiddenWord would have refused, the guard refuses as well: the
	// functions are allowed only in a trigger of exactly the right name.
	g := &guard{own: notesPrefix, modules: s.modules, changes: true}
	s.writer.guard.Store(g)
	defer s.writer.guard.Store(nil)
	for _, tt := range []struct {
		function, inside string
		allowed          bool
	}{
		{"alcove_crdt_i", "alcove_crdt_t_1_i", true},
		{"ALCOVE_CRDT_U", "ALCOVE_CRDT_T_23_U", true},
		{"alcove_crdt_i", "alcove_crdt_t_1_u", false},
		{"alcove_crdt_i", "alcove_crdt_t_1_ii", false},
		{"alcove_crdt_i", "alcove_crdt_t__i", false},
		{"alcove_crdt_i", "alcove_crdt_t_1x_i", false},
		{"alcove_crdt_i", "", false},
		{"alcove_crdt_i", notesPrefix + "x", false},
		{"alcove_crdt_", "alcove_crdt_t_1_", true}, // there is no such function
		{"readfile", "alcove_crdt_t_1_i", false},
	} {
		code := s.writer.authorize(sqlite.AuthFunction, "", tt.function, "main", tt.inside)
		if (code == sqlite.AuthorizerOK) != tt.allowed {
			t.Errorf("%s in %s: %v", tt.function, tt.inside, code)
		}
	}
}

func TestTrackFollowsTheTransaction(t *testing.T) {
	s, c, p := tracked(t, oneTable+`CREATE TABLE {b} (id INTEGER PRIMARY KEY, y)`, false)
	stop := errors.New("stop")
	insert := func() string {
		execute(t, c, `INSERT INTO {a} DEFAULT VALUES`)
		return p.take()
	}
	// Undone, it is as it was.
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Untrack(1), tx.Exec(own(`INSERT INTO {a} DEFAULT VALUES`)), stop)
	}); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if got := insert(); got != "i1:1" {
		t.Errorf("after an undone Untrack: %q", got)
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		err := errors.Join(tx.Exec("SAVEPOINT s"), tx.Untrack(1), tx.Exec("ROLLBACK TO s"), tx.Exec(own(`INSERT INTO {a} DEFAULT VALUES`)))
		tx.Capture(false)
		err = errors.Join(err, tx.Exec(own(`INSERT INTO {a} DEFAULT VALUES`)))
		tx.Capture(true)
		return errors.Join(err, tx.Exec(own(`INSERT INTO {a} DEFAULT VALUES`)))
	}); err != nil {
		t.Fatal(err)
	}
	if got := p.take(); got != "i1:2 i1:4" {
		t.Errorf("with a part undone and a part not captured: %q", got)
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { tx.Capture(false); return tx.Untrack(2) }); err != nil {
		t.Fatal(err)
	}
	execute(t, c, `INSERT INTO {b} DEFAULT VALUES`)
	if got := insert(); got != "i1:5" {
		t.Errorf("after a transaction that was not captured: %q", got)
	}

	// A trigger that is newer than tracking's runs first; Track puts that right.
	newer := own(`CREATE TRIGGER {newer} AFTER INSERT ON {a} BEGIN SELECT RAISE(IGNORE); END`)
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { return errors.Join(tx.Exec(newer), trackAll(tx, false)) }); err != nil {
		t.Fatal(err)
	}
	if got := insert(); got != "i1:6" {
		t.Errorf("with a trigger that ends the statement: %q", got)
	}
	if err := s.ViewTx(t.Context(), func(tx *Tx) error { return trackAll(tx, false) }); err == nil {
		t.Error("a transaction that reads can track")
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		return tx.Track(Tracked{ID: 9, Table: notesPrefix + "a", Columns: []TrackedColumn{{Name: "id", Bit: 62}}, Key: []int{0}, Rowid: true})
	}); fault.Code(err) != "quota.schema" {
		t.Errorf("a column too many: %v", err)
	}
}

func TestMigrationsAndRemovalSurviveCapture(t *testing.T) {
	s, c, p := tracked(t, oneTable+`CREATE TABLE {b} (id INTEGER PRIMARY KEY, a REFERENCES {a} ON DELETE CASCADE)`, false)
	list := []Migration{{Name: "0001", SQL: own(oneTable), Hash: migration("0001", oneTable+`CREATE TABLE {b} (id INTEGER PRIMARY KEY, a REFERENCES {a} ON DELETE CASCADE)`).Hash}}
	for i, text := range []string{
		`ALTER TABLE {a} ADD COLUMN z DEFAULT 1`, `ALTER TABLE {a} RENAME COLUMN x TO xx`, `ALTER TABLE {b} RENAME TO {bb}`,
		`DROP TABLE {bb}; CREATE TABLE {c} (id)`, `INSERT INTO {a} VALUES (1, 2, 3)`,
	} {
		list = append(list, migration(fmt.Sprintf("%04d", i+2), text))
		if err := migrate(s, 1, notesPrefix, list...); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	p.take()
	// What the host wrote before a migration in one transaction is told in terms
	// of the table before it.
	if err := s.Update(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(own(`UPDATE {a} SET xx = 5`)); err != nil {
			return err
		}
		p.flush = func(*Tx, *Changes) error { p.said = append(p.said, "flushed"); return nil }
		_, err := s.Migrate(t.Context(), tx, 1, Rights{Own: notesPrefix}, append(list, migration("0009", `ALTER TABLE {a} DROP COLUMN z`)), MigrateOptions{})
		if got := p.take(); got != "u1:1/10 flushed" {
			t.Errorf("before a migration: %s", got)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(t.Context(), Statement{SQL: own(`UPDATE {a} SET xx = 6`)}); err != nil {
		t.Error(err)
	}
	if err := s.Update(t.Context(), func(tx *sql.Tx) error {
		if infos, err := s.TableSizes(t.Context(), tx, notesPrefix); err != nil || len(infos) != 2 || infos[0].Rows != 1 {
			t.Errorf("%v %v", infos, err)
		}
		return s.DropTables(t.Context(), tx, notesPrefix)
	}); err != nil {
		t.Fatal(err)
	}
	if left := dump(t, s); strings.Contains(left, captureTrigger) {
		t.Error("triggers are left")
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { return errors.Join(tx.Untrack(1), tx.Untrack(2)) }); err != nil {
		t.Error(err)
	}
}

func TestCapturedMemoryIsBoundedAndOverwritten(t *testing.T) {
	s, c, p := tracked(t, `CREATE TABLE {a} (k TEXT PRIMARY KEY NOT NULL, x)`, true)
	w := s.writer.capture
	w.maxBytes = 100 << 10
	execute(t, c, `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO {a} SELECT 'planted-marker-' || i, 1 FROM n`)
	if got := p.take(); got != "i1:1-2000" {
		t.Error(got)
	}
	_, err := c.Transaction(t.Context(), []Statement{{SQL: own(`INSERT INTO {a} VALUES ('b', 1)`)}, {SQL: own(`DELETE FROM {a}`)}})
	if fault.Code(err) != "quota.transaction" {
		t.Errorf("too much: %v", err)
	}
	if err := s.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(own(`DELETE FROM {a}`)); return err }); fault.Code(err) != "quota.transaction" {
		t.Errorf("too much by the host: %v", err)
	}
	if n := query(t, c, `SELECT count(*) FROM {a}`).Rows[0][0]; n != int64(2000) {
		t.Errorf("%v rows are left", n)
	}
	chunks := append([]chunk(nil), w.data.chunks...)
	p.flush = func(*Tx, *Changes) error {
		chunks = append(chunks[:0], w.data.chunks...)
		for _, b := range chunks {
			if !bytes.Contains(b.bytes, []byte("planted-marker-")) {
				t.Error("the test does not see the keys")
			}
		}
		return nil
	}
	execute(t, c, `DELETE FROM {a} WHERE rowid <= 700`)
	if len(chunks) < 2 {
		t.Errorf("%d chunks", len(chunks))
	}
	for _, b := range append(chunks, chunk{bytes: w.scratch[:cap(w.scratch)]}) {
		if bytes.Contains(b.bytes, []byte("planted-marker-")) {
			t.Error("a key is left in memory after the transaction")
		}
	}
	if len(w.data.chunks) > 1 || len(w.ops) > 0 {
		t.Errorf("kept %d chunks and %d entries", len(w.data.chunks), len(w.ops))
	}
}

func TestStoresCaptureSideBySide(t *testing.T) {
	var stores []*Store
	var tapes []*tape
	var confined []*Confined
	for range 3 {
		s, c, p := tracked(t, oneTable, false)
		stores, confined, tapes = append(stores, s), append(confined, c), append(tapes, p)
	}
	if err := stores[0].Close(); err != nil {
		t.Fatal(err)
	}
	slots := len(*captures.all.Load())
	for range 5 {
		s, c, p := tracked(t, oneTable, false)
		execute(t, c, `INSERT INTO {a} VALUES (5, 5)`)
		if got := p.take(); got != "i1:5" {
			t.Errorf("a new store: %s", got)
		}
		c.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(*captures.all.Load()); got != slots {
		t.Errorf("%d places in the table of captures, before %d", got, slots)
	}
	if err := stores[1].UpdateTx(context.Background(), func(tx *Tx) error {
		if err := tx.Exec(own(`INSERT INTO {a} VALUES (1, 1)`)); err != nil {
			return err
		}
		execute(t, confined[2], `INSERT INTO {a} VALUES (2, 2)`)
		return tx.Exec(own(`INSERT INTO {a} VALUES (3, 3)`))
	}); err != nil {
		t.Fatal(err)
	}
	if a, b := tapes[1].take(), tapes[2].take(); a != "i1:1 i1:3" || b != "i1:2" {
		t.Errorf("%s and %s", a, b)
	}
}
