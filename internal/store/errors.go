package store

import (
	"context"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// coded is an error with SQLite's result code: the driver's and ours.
type coded interface {
	error
	Code() int
}

// codeOf returns the extended result code in err's chain, or 0.
func codeOf(err error) int {
	if c, ok := errors.AsType[coded](err); ok {
		return c.Code()
	}
	return 0
}

// damaged is the error that a person sees when a file of the vault is not what
// Alcove wrote.
func damaged(d *sealvfs.Damage) *fault.Error {
	return fault.Wrap("vault.damaged",
		"The file "+d.File+" of this vault is damaged: part of it is not what Alcove wrote. "+
			"Nothing was changed. Copy the whole folder away now, then restore it from a backup.", d).
		With("file", d.File).With("page", d.Page)
}

// visible turns what went wrong below into what a person can act on. Other
// errors pass.
func (s *Store) visible(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if d, ok := errors.AsType[*sealvfs.Damage](err); ok {
		return damaged(d)
	}
	if s.volume != nil {
		if d := s.volume.Damage(); d != nil && codeOf(err)&0xff == sqlite3.SQLITE_IOERR {
			return damaged(d)
		}
		if s.volume.Retired() && codeOf(err)&0xff == sqlite3.SQLITE_FULL {
			return fault.Wrap("vault.key_retired",
				"This vault's key has sealed as much as it safely can, so nothing more is written with it. "+
					"Everything can still be read. Make a new vault and move your data there.", err)
		}
	}
	if s.closing.Load() && codeOf(err)&0xff == sqlite3.SQLITE_INTERRUPT {
		return closedError()
	}
	if codeOf(err) == codeTooMuchCaptured {
		return tooMuchCaptured(err)
	}
	switch codeOf(err) & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		f := damaged(&sealvfs.Damage{File: FileName})
		f.Err = err
		return f
	case sqlite3.SQLITE_FULL:
		return fault.Wrap("vault.disk_full", "The disk is full, so this could not be saved. Free some space and try again.", err)
	case sqlite3.SQLITE_BUSY:
		return fault.Wrap("db.busy", "The vault was busy for too long. Try again.", err)
	}
	return err
}

// errWaiting says that a context ended before the turn to write came.
var errWaiting = errors.New("waiting to write")

// errCrowded says that an extension has too many calls that write or wait to.
var errCrowded = errors.New("too many calls wait to write")

func endedError() error {
	return fault.New("session.ended", "The app was closed while this was running, so it was ended. Open the app again.")
}

func closedError() error {
	return fault.New("vault.locked", "The vault is locked. Unlock it first.")
}
