package app

import (
	"sync"

	"github.com/alcove-vault/alcove/internal/fault"
)

// dialogs lets one file dialog be shown at a time, whoever asks for it.
type dialogs struct{ shown sync.Mutex }

// begin takes the turn; done gives it back.
func (d *dialogs) begin() (done func(), err error) {
	if !d.shown.TryLock() {
		return nil, fault.New("dialog.open", "A file dialog is already open. Close it first.")
	}
	return d.shown.Unlock, nil
}
