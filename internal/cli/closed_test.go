package cli

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// TestAVaultThatIsSlowToCloseDoesNotUndoTheWork, and the command says so. Where
// the work itself failed, that is what is told.
func TestAVaultThatIsSlowToCloseDoesNotUndoTheWork(t *testing.T) {
	for name, failed := range map[string]error{"done": nil, "failed": fault.New("test.failed", "It failed.")} {
		t.Run(name, func(t *testing.T) {
			u := newVault(t)
			entered, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				ended <- u.Store.Update(context.Background(), func(*sql.Tx) error { close(entered); <-leave; return nil })
			}()
			<-entered
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // the person does not wait
			err := closed(ctx, u, failed)
			close(leave)
			<-ended
			u.Wait()
			if failed != nil {
				if fault.Code(err) != "test.failed" {
					t.Errorf("%v", err)
				}
				return
			}
			if fault.Code(err) != "vault.lock_incomplete" || !strings.HasPrefix(fault.Of(err).Message, "The command has done its work, and it is saved.") {
				t.Errorf("%v", err)
			}
		})
	}
}

// newVault makes an open vault.
func newVault(t *testing.T) *vault.Unlocked {
	t.Helper()
	pending, err := vault.Begin("Test", t.TempDir(), []byte("correct horse battery"))
	if err != nil {
		t.Fatal(err)
	}
	defer pending.Discard()
	var answers [2]string
	for i, position := range pending.Ask() {
		answers[i] = pending.Kit().Words()[position]
	}
	u, err := pending.Finish(t.Context(), answers)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
