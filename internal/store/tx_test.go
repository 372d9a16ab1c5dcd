package store

import (
	"errors"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestTxRunsCompiledStatements(t *testing.T) {
	s := create(t)
	values := []any{nil, int64(-1 << 62), 1.5, "tëxt", "", []byte{0, 1, 2}, []byte{}}
	err := s.UpdateTx(testContext, func(tx *Tx) error {
		if err := tx.Exec("CREATE TABLE alcove_try (id INTEGER PRIMARY KEY, v)"); err != nil {
			return err
		}
		for i, v := range values {
			q := tx.Query("INSERT INTO alcove_try VALUES (?, ?)")
			q.Int(1, int64(i))
			q.Bind(2, v)
			if err := q.Run(); err != nil || tx.Changes() != 1 || tx.LastInsertID() != int64(i) {
				t.Errorf("%v: %v, %d changes, rowid %d", v, err, tx.Changes(), tx.LastInsertID())
			}
		}
		from, to := tx.Query("SELECT id + 100, v FROM alcove_try WHERE id < 100"), tx.Query("INSERT INTO alcove_try VALUES (?, ?)")
		for from.Step() {
			to.Copy(1, from, 0)
			to.Copy(2, from, 1)
			if err := to.Run(); err != nil {
				return err
			}
		}
		return from.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ViewTx(testContext, func(tx *Tx) error {
		for _, first := range []int64{0, 100} {
			q := tx.Query("SELECT v FROM alcove_try WHERE id BETWEEN ?1 AND ?1 + 99 ORDER BY id")
			q.Int(1, first)
			for i := 0; q.Step(); i++ {
				got, want := q.ColumnValue(0), values[i]
				if b, ok := want.([]byte); ok && !slices.Equal(got.([]byte), b) || !ok && got != want {
					t.Errorf("row %d: %v, want %v", i, got, want)
				}
			}
			if q.Err() != nil {
				return q.Err()
			}
		}
		if err := tx.Query("DELETE FROM alcove_try").Run(); err == nil {
			t.Error("a read transaction wrote")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTxErrorLeavesNothing(t *testing.T) {
	s := create(t)
	stop := fault.New("test.stop", "Stop.")
	err := s.UpdateTx(testContext, func(tx *Tx) error {
		if err := tx.Exec("CREATE TABLE alcove_try (id INTEGER PRIMARY KEY)"); err != nil {
			return err
		}
		if err := tx.Query("INSERT INTO alcove_try VALUES (1), (1)").Run(); !IsUniqueViolation(err) {
			t.Errorf("a second row of the same key: %v", err)
		}
		if err := tx.Query("SELECT no_such_column").Run(); err == nil {
			t.Error("a wrong statement ran")
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	run(t, s, "CREATE TABLE alcove_try (x)") // so it was not there
}
