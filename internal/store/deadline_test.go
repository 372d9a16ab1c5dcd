package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"
)

// TestManyShortStatementsEnd: SQLite forgets an interrupt that comes between two
// statements.
func TestManyShortStatementsEnd(t *testing.T) {
	s, _ := twoExtensions(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.UpdateTx(ctx, func(tx *Tx) error {
			cancel()
			for range 1_000_000 {
				if err := tx.Query("SELECT 1").Run(); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			t.Fatal("it went on")
		}
	}
}

func TestACallThatIsOverRunsNoStatement(t *testing.T) {
	s, c := twoExtensions(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		_, err := c.Transaction(ctx, []Statement{{SQL: own("INSERT INTO {tags} (tag) VALUES ('late')")}, {SQL: "SELECT 1"}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("transaction: %v", err)
		}
		_, err = s.Migrate(ctx, nil, 1, Rights{Own: notesPrefix}, []Migration{migration("late", "INSERT INTO {tags} (tag) VALUES ('late')")}, MigrateOptions{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("migration: %v", err)
		}
	}
	if n := query(t, c, "SELECT count(*) FROM {tags}").Rows[0][0]; n != int64(0) {
		t.Errorf("%v rows", n)
	}
}

// TestAnInterruptedRollbackLeavesNoTransaction, which would be in the way of
// every other on the connection: SQLite keeps an interrupt in mind while a query
// has not been reset.
func TestAnInterruptedRollbackLeavesNoTransaction(t *testing.T) {
	s := create(t)
	begin := func(tx *Tx) error {
		if q := tx.Query("SELECT key FROM alcove_setting UNION ALL SELECT 1"); !q.Step() {
			return q.Err()
		}
		tx.conn.handle.interrupt()
		return errNever
	}
	for range 2 {
		if err := s.ViewTx(t.Context(), begin); !errors.Is(err, errNever) {
			t.Errorf("reading: %v", err)
		}
		if err := s.UpdateTx(t.Context(), begin); !errors.Is(err, errNever) {
			t.Errorf("writing: %v", err)
		}
		if err := s.Update(t.Context(), func(tx *sql.Tx) error {
			return s.Within(t.Context(), tx, begin)
		}); !errors.Is(err, errNever) {
			t.Errorf("writing with database/sql: %v", err)
		}
	}
}

var errNever = errors.New("never mind")
