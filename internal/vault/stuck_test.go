package vault

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
)

// TestLockTakesTheKeysFromATransactionThatWillNotEnd is about host code that
// is stuck outside of SQLite, which nothing can interrupt.
func TestLockTakesTheKeysFromATransactionThatWillNotEnd(t *testing.T) {
	u, _ := created(t)
	entered, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- u.Store.Update(context.Background(), func(tx *sql.Tx) error {
			if _, err := tx.Exec(`INSERT INTO alcove_setting (key, value) VALUES ('test.half', x'c401ff')`); err != nil {
				return err
			}
			close(entered)
			<-leave
			_, err := tx.Exec(`INSERT INTO alcove_setting (key, value) VALUES ('test.rest', x'c401ff')`)
			return err
		})
	}()
	<-entered
	start := time.Now()
	wantCode(t, u.Lock(), "vault.lock_incomplete")
	if took := time.Since(start); took > time.Second {
		t.Errorf("lock took %v", took)
	}
	if _, err := u.ring.Subkey(keys.UsePages, 1); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("the keys outlived the lock: %v", err)
	}
	close(leave)
	if err := <-ended; err == nil {
		t.Error("the transaction was committed after the lock")
	}
	u.Wait()
	again := unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
	var half []byte
	if err := again.setting(t.Context(), "test.half", &half); err != nil || half != nil {
		t.Errorf("half a transaction is there: %v", err)
	}
}
