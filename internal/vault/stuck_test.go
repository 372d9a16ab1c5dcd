package vault

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
)

// stuck begins a write of Alcove's that ends when it is let go.
func stuck(t *testing.T, u *Unlocked) (leave chan struct{}, ended chan error) {
	t.Helper()
	entered, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- u.Store.Update(context.Background(), func(tx *sql.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	return leave, ended
}

// TestCloseWaitsForWhatRuns where Lock would not, and the vault is closed
// cleanly.
func TestCloseWaitsForWhatRuns(t *testing.T) {
	u, _ := created(t)
	leave, ended := stuck(t, u)
	closed := make(chan error, 1)
	go func() { closed <- u.Close(context.Background()) }()
	<-u.watched // it has begun to close
	time.AfterFunc(closeTime+closeTime/2, func() { close(leave) })
	if err := <-closed; err != nil {
		t.Errorf("closed with %v", err)
	}
	<-ended
	unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
}

// TestCloseEndsWithItsContext and says what it waited for.
func TestCloseEndsWithItsContext(t *testing.T) {
	u, _ := created(t)
	leave, ended := stuck(t, u)
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan error, 1)
	go func() { closed <- u.Close(ctx) }()
	<-u.watched
	cancel()
	err := <-closed
	wantCode(t, err, "vault.lock_incomplete")
	if said := fault.Of(err).Message; !strings.Contains(said, "because a write of Alcove's did not end in time") {
		t.Errorf("said %q", said)
	}
	if _, err := u.ring.Subkey(keys.UsePages, 1); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("the keys outlived it: %v", err)
	}
	close(leave)
	<-ended
	u.Wait()
}

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
	if took := time.Since(start); took > 20*time.Second {
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
