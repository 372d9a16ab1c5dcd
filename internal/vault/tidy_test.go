package vault

import (
	"context"
	"database/sql"
	"io"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
)

// manyGone lets rows of a table that is tracked come and go.
func manyGone(t *testing.T, u *Unlocked) {
	t.Helper()
	for _, text := range []string{
		`INSERT INTO alcove__spaces__row (tbl, pks) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT 'a__b__pages', 'row ' || i FROM n`,
		`DELETE FROM alcove__spaces__row`,
	} {
		err := u.Store.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// goneRows counts what is kept of rows that are gone, and the transactions that
// wait to be told to other devices.
func goneRows(t *testing.T, u *Unlocked) (rows, transactions int64) {
	t.Helper()
	err := u.Store.Update(t.Context(), func(tx *sql.Tx) (err error) {
		if rows, err = u.Store.Dead(t.Context(), tx, "alcove__spaces__row", ""); err != nil {
			return err
		}
		return tx.QueryRow("SELECT count(*) FROM alcove_crdt_tx").Scan(&transactions)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, transactions
}

// TestWhatIsGoneIsForgottenWhenTheVaultIsOpened on the only device that has it.
func TestWhatIsGoneIsForgottenWhenTheVaultIsOpened(t *testing.T) {
	u, _ := created(t)
	manyGone(t, u)
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	u = unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for rows, transactions := goneRows(t, u); rows+transactions > 0; rows, transactions = goneRows(t, u) {
		if ctx.Err() != nil {
			t.Fatalf("%d rows and %d transactions are still kept", rows, transactions)
		}
	}
}

// TestAVaultThatWasSharedKeepsWhatIsGone for those who have not heard of it.
func TestAVaultThatWasSharedKeepsWhatIsGone(t *testing.T) {
	u, _ := created(t)
	if _, err := u.Tracking.Snapshot(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	manyGone(t, u)
	u.tidyUp()
	if rows, transactions := goneRows(t, u); rows != 20_000 || transactions < 2 {
		t.Errorf("%d rows and %d transactions are kept", rows, transactions)
	}
}

// TestTidyingEndsWithTheVault, which locks at once however much is left to do.
func TestTidyingEndsWithTheVault(t *testing.T) {
	u, _ := created(t)
	manyGone(t, u)
	begun := make(chan struct{})
	go func() {
		close(begun)
		u.tidyUp()
	}()
	<-begun
	if err := u.Lock(); err != nil {
		t.Error(err)
	}
	u = unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
	if err := u.Tracking.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
