package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"testing"
)

// The workload of the crash tests: every transaction writes seven rows of its
// number and moves money between two of fifty accounts, so that a part of one
// shows. Some transactions are large enough to spill into the log before they
// end, and some of these are rolled back.

const (
	accounts  = 50
	perSeq    = 7
	startWith = 1000
)

var errUndo = errors.New("undo")

// prepareWorkload makes the tables and a cache that is too small.
func prepareWorkload(s *Store) error {
	err := s.writer.raw(func(h handle) error {
		return errors.Join(h.exec("PRAGMA cache_size = 20"), h.exec("PRAGMA wal_autocheckpoint = 40"))
	})
	if err != nil {
		return err
	}
	return s.Update(testContext, func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE IF NOT EXISTS t (seq INTEGER, k INTEGER, v BLOB, PRIMARY KEY (seq, k)) WITHOUT ROWID;
			CREATE INDEX IF NOT EXISTS tv ON t (v);
			CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, balance INTEGER);
			CREATE TABLE IF NOT EXISTS noise (id INTEGER PRIMARY KEY, v BLOB);
			INSERT INTO account SELECT value, ` + fmt.Sprint(startWith) + ` FROM json_each('[` + accountList() + `]') WHERE NOT EXISTS (SELECT 1 FROM account)`)
		return err
	})
}

func accountList() string {
	list := "0"
	for i := 1; i < accounts; i++ {
		list += fmt.Sprint(",", i)
	}
	return list
}

func writeWorkload(s *Store, rng *rand.Rand, seq int) error {
	if rng.Intn(4) == 0 { // a transaction that spills and is given up
		err := s.Update(testContext, func(tx *sql.Tx) error {
			return errors.Join(noise(tx, rng, 60), errUndo)
		})
		if !errors.Is(err, errUndo) {
			return err
		}
	}
	return s.Update(testContext, func(tx *sql.Tx) error {
		if rng.Intn(6) == 0 { // one that spills and stays
			if err := noise(tx, rng, 60); err != nil {
				return err
			}
		}
		for k := range perSeq {
			v := make([]byte, 20+rng.Intn(600))
			rng.Read(v)
			if _, err := tx.Exec("INSERT INTO t VALUES (?, ?, ?)", seq, k, v); err != nil {
				return err
			}
		}
		amount, from, to := rng.Intn(100), rng.Intn(accounts), rng.Intn(accounts)
		if _, err := tx.Exec("UPDATE account SET balance = balance - ? WHERE id = ?", amount, from); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE account SET balance = balance + ? WHERE id = ?", amount, to); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM t WHERE seq = ?", seq-200)
		return err
	})
}

// noise overwrites rows of more pages than the cache has, some of them twice.
func noise(tx *sql.Tx, rng *rand.Rand, n int) error {
	for range n {
		v := make([]byte, 3000)
		rng.Read(v)
		if _, err := tx.Exec("INSERT OR REPLACE INTO noise VALUES (?, ?)", rng.Intn(40), v); err != nil {
			return err
		}
	}
	return nil
}

// verifyWorkload returns the last transaction's number, or what is broken.
func verifyWorkload(s *Store) (last int, err error) {
	err = s.View(testContext, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'account'").Scan(&n); err != nil || n == 0 {
			return err
		}
		var sum, parts int
		if err := tx.QueryRow("SELECT ifnull(max(seq), 0) FROM t").Scan(&last); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT ifnull(sum(balance), 0) FROM account").Scan(&sum); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM (SELECT seq FROM t GROUP BY seq HAVING count(*) <> ?)", perSeq).Scan(&parts); err != nil {
			return err
		}
		if parts != 0 || sum != accounts*startWith {
			return fmt.Errorf("%d transactions in part, balances add up to %d", parts, sum)
		}
		return nil
	})
	return last, err
}

// reopen opens, verifies and checks a folder, and closes it again.
func reopen(t testing.TB, dir string) (last int, err error) {
	t.Helper()
	s, err := Open(testContext, dir, testKeys{name: "ada"})
	if err != nil {
		return 0, err
	}
	last, err = verifyWorkload(s)
	return last, errors.Join(err, s.Check(testContext, nil), s.Close())
}
